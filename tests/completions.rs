//! The completions in `completions/` are those of this command line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

#[test]
fn the_files_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let temp = tempfile::tempdir().unwrap();
    // Nothing that is configured may show in them.
    fs::write(
        temp.path().join("retail.toml"),
        "[generate]\noutput = 'elsewhere'\n",
    )
    .unwrap();
    let shells = [
        ("bash", "retail.bash"),
        ("zsh", "_retail"),
        ("fish", "retail.fish"),
        ("powershell", "_retail.ps1"),
    ];
    for (shell, file) in shells {
        let output = Command::cargo_bin("retail")
            .unwrap()
            .args(["completions", shell])
            .env("RETAIL_GENERATE_OUTPUT", "elsewhere")
            .current_dir(temp.path())
            .output()
            .unwrap();
        assert!(output.status.success());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            script.contains("keep-existing") && !script.contains("elsewhere"),
            "{file}"
        );
        let current = fs::read_to_string(folder.join(file)).unwrap_or_default();
        assert!(
            current == script,
            "completions/{file} is stale; run `make completions`"
        );
    }
}
