//! Encrypted connections: who is believed, and who is not.

use crate::common::Shop;
use crate::servers::Own;

#[test]
fn a_server_must_prove_who_it_is_where_that_is_asked_for() {
    for service in ["postgres", "clickhouse", "cassandra", "mongo"] {
        let Some((own, address)) = Own::start(service) else {
            return;
        };
        let shop = Shop::new();
        let port = match service {
            "postgres" | "cassandra" => None,
            _ => Some(own.tls_port()),
        };
        let address = match port {
            Some(port) => {
                let (head, database) = address.rsplit_once('/').expect("a database");
                let (head, _) = head.rsplit_once(':').expect("a port");
                format!("{head}:{port}/{database}")
            }
            None => address,
        };
        let check = |options: &str| {
            let output = shop.run(&["sinks", "init", "--output", &format!("{address}?{options}")]);
            (output.status.success(), crate::common::stderr(&output))
        };
        let ca = own.file("ca.pem");
        let other = own.file("other-ca.pem");
        let (good, text) = check(&format!("tls=verify&ca={ca}"));
        assert!(good, "{service}: {text}");
        let (good, text) = check("tls=require");
        assert!(good, "{service}: {text}");
        for wrong in [format!("tls=verify&ca={other}"), "tls=verify".to_owned()] {
            let (good, text) = check(&wrong);
            assert!(!good, "{service}: {wrong}");
            assert!(!text.contains("retailsecret"), "{text}");
            assert_eq!(
                text.lines()
                    .filter(|line| line.starts_with("error"))
                    .count(),
                1,
                "{text}"
            );
        }
        let (good, text) = check("tls=verify&ca=missing.pem");
        assert!(!good && text.contains("missing.pem"), "{service}: {text}");
    }
}
