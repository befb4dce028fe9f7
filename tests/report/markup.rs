//! HTML as a tree, read strictly: every element that is not empty must be closed in its turn.

/// An element, or a text if it has no name.
#[derive(Debug, Default)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    pub text: String,
}

/// Elements without an end.
const EMPTY: [&str; 1] = ["meta"];

impl Node {
    /// Shows every element to `see`.
    pub fn each<'a>(&'a self, see: &mut impl FnMut(&'a Node)) {
        if !self.name.is_empty() {
            see(self);
        }
        for child in &self.children {
            child.each(see);
        }
    }

    /// All elements of a name.
    pub fn all<'a>(&'a self, name: &str) -> Vec<&'a Node> {
        let mut found = Vec::new();
        self.each(&mut |node| {
            if node.name == name {
                found.push(node);
            }
        });
        found
    }

    /// The text in it, blanks as a browser shows them.
    pub fn words(&self) -> String {
        let mut text = String::new();
        self.gather(&mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn gather(&self, text: &mut String) {
        text.push_str(&self.text);
        self.children.iter().for_each(|child| child.gather(text));
    }
}

fn unescaped(text: &str) -> String {
    let parts = text.split('&').enumerate().map(|(at, part)| {
        if at == 0 {
            return part.to_owned();
        }
        let (name, rest) = part.split_once(';').expect("an entity");
        let c = match name {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "#39" => "'",
            other => panic!("&{other};"),
        };
        format!("{c}{rest}")
    });
    parts.collect()
}

/// Reads a page.
pub fn parse(html: &str) -> Node {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let mut open = vec![Node::default()];
    while !rest.is_empty() {
        let Some(tail) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let text = unescaped(&rest[..end]);
            assert!(!rest[..end].contains('>'), "{}", &rest[..end]);
            let node = Node {
                text,
                ..Node::default()
            };
            open.last_mut().unwrap().children.push(node);
            rest = &rest[end..];
            continue;
        };
        let end = tail.find('>').expect("an end of a tag");
        let (tag, after) = (&tail[..end], &tail[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let node = open.pop().unwrap();
            assert_eq!(node.name, name, "closed in its turn");
            open.last_mut().unwrap().children.push(node);
            continue;
        }
        let closed = tag.ends_with('/');
        let node = element(tag.trim_end_matches('/'));
        match closed || EMPTY.contains(&node.name.as_str()) {
            true => open.last_mut().unwrap().children.push(node),
            false if node.name == "style" => {
                // What is in it is no markup.
                let end = rest.find("</style>").expect("an end of the style");
                rest = &rest[end..];
                open.push(node);
            }
            false => open.push(node),
        }
    }
    assert_eq!(open.len(), 1, "everything is closed");
    open.pop().unwrap()
}

fn element(tag: &str) -> Node {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while let Some((name, tail)) = rest.trim_start().split_once("=\"") {
        let (value, after) = tail.split_once('"').expect("an end of the value");
        attributes.push((name.to_owned(), unescaped(value)));
        rest = after;
    }
    assert_eq!(rest.trim(), "", "{tag}");
    Node {
        name: name.to_owned(),
        attributes,
        ..Node::default()
    }
}

/// The cells of all tables: by table and row, the heading first.
pub fn cells(page: &Node) -> Vec<Vec<Vec<String>>> {
    let row = |row: &&Node| {
        let cells = row
            .children
            .iter()
            .filter(|of| of.name == "th" || of.name == "td");
        cells.map(Node::words).collect()
    };
    let table = |table: &Node| table.all("tr").iter().map(row).collect();
    page.all("table").into_iter().map(table).collect()
}
