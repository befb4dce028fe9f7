//! What an HDFS answers, as errors that say what to do.

use std::io::{self, ErrorKind};

use hdfs_native::HdfsError;

use crate::error::{Error, Result};

/// An address that names no HDFS.
pub(super) fn of_address(root: &str, error: &HdfsError) -> Error {
    let what = match error {
        HdfsError::InvalidArgument(what) if what.contains("NameNode hosts") => {
            "no name node is known by this name; give host:port, or the configuration by \
             HADOOP_CONF_DIR"
                .to_owned()
        }
        HdfsError::InvalidArgument(_) if root.ends_with("//") => {
            "names no host, and there is no fs.defaultFS; give hdfs://host:port/path, or the \
             configuration by HADOOP_CONF_DIR"
                .to_owned()
        }
        e => match std::env::var("HADOOP_CONF_DIR") {
            Ok(folder) => format!("{e}; look at the .xml files in HADOOP_CONF_DIR, {folder}"),
            Err(_) => e.to_string(),
        },
    };
    Error::Usage(format!("{root}: {what}"))
}

/// Variables that the client would pass over in silence, or stumble over later.
pub(super) fn look_at_environment() -> Result<()> {
    let wrong = |name: &str, what: &str| Err(Error::Usage(format!("{name}: {what}")));
    if std::env::var_os("HADOOP_USER_NAME").is_some_and(|user| user.is_empty()) {
        return wrong("HADOOP_USER_NAME", "is blank; name a user, or unset it");
    }
    match std::env::var_os("HADOOP_CONF_DIR") {
        Some(folder) if !std::path::Path::new(&folder).is_dir() => {
            wrong("HADOOP_CONF_DIR", "there is no such folder")
        }
        _ => Ok(()),
    }
}

/// Whether nothing stands there.
pub(super) fn is_absent(error: &HdfsError) -> bool {
    match error {
        HdfsError::FileNotFound(_) => true,
        HdfsError::RPCError(class, _) => class == "java.io.FileNotFoundException",
        _ => false,
    }
}

/// The kind of error that the local disk would give, with the name node's reason in one line.
pub(super) fn to_io(error: HdfsError) -> io::Error {
    match error {
        HdfsError::IOError(e) => match e.to_string() {
            text if text.contains("failed to lookup address") => {
                io::Error::new(ErrorKind::HostUnreachable, "no such host")
            }
            _ => e,
        },
        HdfsError::FileNotFound(_) => ErrorKind::NotFound.into(),
        HdfsError::IsADirectoryError(_) => ErrorKind::IsADirectory.into(),
        HdfsError::AlreadyExists(what) => io::Error::new(ErrorKind::AlreadyExists, line(&what)),
        HdfsError::DataTransferError(what) => io::Error::new(
            ErrorKind::ConnectionAborted,
            format!("a data node failed: {what}"),
        ),
        HdfsError::BlocksNotFound(_) => io::Error::new(
            ErrorKind::ConnectionAborted,
            "no data node has its blocks at present",
        ),
        HdfsError::ChecksumError => io::Error::new(
            ErrorKind::InvalidData,
            "a block is damaged on its data node",
        ),
        HdfsError::OperationFailed(what) => io::Error::new(ErrorKind::TimedOut, what),
        HdfsError::RPCError(class, what) | HdfsError::FatalRPCError(class, what) => {
            of_server(&class, &what)
        }
        e => io::Error::other(e.to_string()),
    }
}

/// The same of a call that speaks with data nodes, too.
pub(super) fn of_data(error: HdfsError) -> io::Error {
    match to_io(error) {
        e if e.kind() == ErrorKind::ConnectionRefused => {
            io::Error::new(e.kind(), "its data node, or the name node, does not answer")
        }
        e => e,
    }
}

fn of_server(class: &str, what: &str) -> io::Error {
    let name = class.rsplit('.').next().unwrap_or(class);
    let kind = match name {
        "FileNotFoundException" => return ErrorKind::NotFound.into(),
        "AccessControlException" | "AuthorizationException" => ErrorKind::PermissionDenied,
        "SafeModeException" => {
            let what = "the name node is in safe mode; wait, or see hdfs dfsadmin -safemode";
            return io::Error::new(ErrorKind::ResourceBusy, what);
        }
        "RetriableException" | "StandbyException" => ErrorKind::ResourceBusy,
        "ParentNotDirectoryException" => ErrorKind::NotADirectory,
        "PathIsNotDirectoryException" => ErrorKind::NotADirectory,
        "PathIsNotEmptyDirectoryException" => ErrorKind::DirectoryNotEmpty,
        "FileAlreadyExistsException" | "AlreadyBeingCreatedException" => ErrorKind::AlreadyExists,
        "NSQuotaExceededException" | "DSQuotaExceededException" => ErrorKind::QuotaExceeded,
        _ if what.contains("There are 0 datanode(s) running") => {
            return io::Error::new(ErrorKind::ConnectionAborted, "no data node is up");
        }
        _ if what.contains("could only be written to 0") => {
            let what = "no data node takes it: all are full, or left out";
            return io::Error::new(ErrorKind::StorageFull, what);
        }
        _ => ErrorKind::Other,
    };
    io::Error::new(kind, line(what))
}

/// The first line: the rest is the server's stack.
fn line(what: &str) -> String {
    let line = what.lines().next().unwrap_or_default();
    line.trim_end().to_owned()
}
