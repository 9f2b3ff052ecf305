//! What hosts are told to send, read out of docs/hosting.md and `_headers`.

/// Headers, with what they say.
pub type Headers = Vec<(String, String)>;

/// A rule of a file `_headers`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// A path from the site's folder on; `*` at its end stands for anything.
    pub path: String,
    /// What these files get.
    pub headers: Headers,
}

/// The rules of a file `_headers`, in the form that Netlify and Cloudflare Pages read.
pub fn rules(text: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix("  "), rules.last_mut()) {
            (None, _) => rules.push(Rule { path: line.to_owned(), headers: Vec::new() }),
            (Some(header), Some(rule)) => {
                let (name, value) = header.split_once(": ").unwrap_or_else(|| panic!("no header: {line}"));
                rule.headers.push((name.to_owned(), value.to_owned()));
            }
            (Some(_), None) => panic!("a header without a path: {line}"),
        }
    }
    rules
}

/// An example in docs/hosting.md.
pub struct Example {
    /// What it is for.
    pub language: &'static str,
    /// What every file of the site gets by it.
    pub headers: Headers,
}

/// The text of the document.
pub const DOCUMENT: &str = include_str!("../../docs/hosting.md");

/// The examples that set headers, without what they say of caches, since that is not the same for every file.
pub fn examples() -> Vec<Example> {
    ["nginx", "apache", "caddy"]
        .into_iter()
        .map(|language| {
            let fence = format!("```{language}\n");
            let (_, block) = DOCUMENT.split_once(&fence).unwrap_or_else(|| panic!("no example for {language}"));
            let (block, _) = block.split_once("```").expect("the example ends");
            let headers = block.lines().filter_map(|line| header(language, line.trim()));
            Example { language, headers: headers.filter(|(name, _)| name != "Cache-Control").collect() }
        })
        .collect()
}

/// The header that a line of a configuration sets.
fn header(language: &str, line: &str) -> Option<(String, String)> {
    let rest = match language {
        "nginx" => line.strip_prefix("add_header ")?.strip_suffix(" always;")?,
        "apache" => line.strip_prefix("Header always set ")?,
        // Inside of its block a line has nothing but the header.
        _ => line.split_once(' ').filter(|(name, _)| name.contains('-') && !name.starts_with('@')).map(|_| line)?,
    };
    let (name, value) = rest.split_once(' ')?;
    Some((name.to_owned(), value.trim_matches('"').to_owned()))
}
