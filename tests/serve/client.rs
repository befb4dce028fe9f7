//! A client that says just what it is told to, and reads answers strictly.

use std::fmt;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::Value;

/// An answer, or a part of it, comes within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in small letters, and values, in their order.
    pub headers: Vec<(String, String)>,
    /// The content, without its transfer coding, with its content coding.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = &self.body[..self.body.len().min(2000)];
        let body = String::from_utf8_lossy(body);
        write!(f, "{} {:#?} {body}", self.status, self.headers)
    }
}

impl Answer {
    /// The value of a header, which may come once only.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} twice: {self:?}");
        value
    }

    /// All values of a header that may come more than once, in one line.
    pub fn joined(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(known, _)| known == name);
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        values.join(", ")
    }

    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    /// The content as JSON.
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The sentence of an error, which is all that its content has.
    pub fn detail(&self) -> String {
        let json = self.json();
        assert_eq!(json.as_object().expect("an object").len(), 1, "{json}");
        json["detail"].as_str().expect("a sentence").to_owned()
    }

    /// The content without its content coding, which must be gzip.
    pub fn unpacked(&self) -> Vec<u8> {
        assert_eq!(self.header("content-encoding"), Some("gzip"));
        let mut plain = Vec::new();
        let mut decoder = GzDecoder::new(&*self.body);
        decoder.read_to_end(&mut plain).expect("gzip");
        plain
    }
}

/// A connection.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Opens one.
    pub fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream.set_write_timeout(Some(PATIENCE)).expect("set");
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Sends these bytes; false if the other side takes no more.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        match self.stream.get_mut().write_all(bytes.as_ref()) {
            Ok(()) => true,
            Err(e) => {
                let gone = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
                assert!(gone.contains(&e.kind()), "{e}");
                false
            }
        }
    }

    /// Everything until the other side ends it.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut some = [0; 65536];
        loop {
            match self.stream.read(&mut some) {
                Ok(0) => return all,
                Ok(size) => all.extend_from_slice(&some[..size]),
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::ConnectionReset, "{e}");
                    return all;
                }
            }
        }
    }

    /// A line without its end; none where the connection ends.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(line.strip_suffix("\r\n").expect("a whole line").to_owned()),
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::ConnectionReset, "{e}");
                None
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the whole body");
        body
    }

    /// The head of an answer; none where the connection ends instead.
    pub fn head(&mut self) -> Option<Answer> {
        let status = self.line()?;
        let mut words = status.splitn(3, ' ');
        assert_eq!(words.next(), Some("HTTP/1.1"), "{status}");
        let status = words.next().expect("a status").parse().expect("a number");
        let mut headers = Vec::new();
        loop {
            let line = self.line().expect("a whole head");
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").expect("a header");
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        Some(Answer {
            status,
            headers,
            body: Vec::new(),
        })
    }

    /// The answer to a request of this method; none where the connection ends instead.
    pub fn answer(&mut self, method: &str) -> Option<Answer> {
        let mut answer = self.head()?;
        let chunked = answer.header("transfer-encoding") == Some("chunked");
        let length = answer.header("content-length").map(str::to_owned);
        assert!(!chunked || length.is_none(), "{answer:?}");
        answer.body = match length {
            _ if method == "HEAD" || [204, 304].contains(&answer.status) => Vec::new(),
            Some(length) => self.exactly(length.parse().expect("a length")),
            None if chunked => self.chunks(),
            None => self.rest(),
        };
        Some(answer)
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let size = self.line().expect("a size");
            let size = usize::from_str_radix(&size, 16).expect("a number");
            body.extend(self.exactly(size));
            assert_eq!(self.line().as_deref(), Some(""));
            if size == 0 {
                return body;
            }
        }
    }

    /// The next event of a stream of them: its name and its data.
    pub fn event(&mut self) -> Option<(String, String)> {
        let (mut name, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            // Chunks lie between the lines; of them only the sizes are lines of their own.
            let line = line.trim_end();
            if let Some(value) = line.strip_prefix("event: ") {
                value.clone_into(&mut name);
            } else if let Some(value) = line.strip_prefix("data: ") {
                value.clone_into(&mut data);
            } else if line.is_empty() && !data.is_empty() {
                return Some((name, data));
            }
        }
    }
}

/// The text of a request. It names the server as `localhost`, unless it names it otherwise.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\n");
    let named = |wanted: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(wanted));
    if !named("Host") {
        text += "Host: localhost\r\n";
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() && !named("Content-Length") && !named("Transfer-Encoding") {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    [text.as_bytes(), b"\r\n", body].concat()
}

/// The answer to a request on a connection of its own.
pub fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut client = Client::to(address);
    client.send(request(method, path, headers, body));
    let answer = client.answer(method);
    answer.unwrap_or_else(|| panic!("no answer to {method} {path}"))
}

/// The answer to a GET.
pub fn get(address: &str, path: &str) -> Answer {
    ask(address, "GET", path, &[], b"")
}

/// The answer to a GET with these headers.
pub fn get_with(address: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(address, "GET", path, headers, b"")
}

/// What comes back for these bytes, until the other side ends the connection.
pub fn raw(address: &str, bytes: &[u8]) -> String {
    let mut client = Client::to(address);
    client.send(bytes);
    String::from_utf8_lossy(&client.rest()).into_owned()
}
