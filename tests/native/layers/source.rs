//! Which modules a Rust file uses, read from its syntax: `use` lines and paths, at any depth, outside of its tests.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, Meta, UseTree, Visibility};

/// A module by its way from the crate's root: `trace::deep::x`.
pub type Module = Vec<String>;

/// What a file uses and hands on.
#[derive(Debug, Default)]
pub struct Source {
    /// Where it stands.
    pub module: Module,
    /// Paths, as they are written, that may lead to other files: from `crate`, `super`, `self` or a name.
    pub paths: BTreeSet<Vec<String>>,
    /// Paths that are handed on under a name: `pub use`.
    handed_on: BTreeMap<String, Vec<String>>,
    /// Whether it asks for the platform that it is compiled for.
    pub asks_for_platform: bool,
}

impl Source {
    /// Reads a file that stands at this module.
    ///
    /// # Panics
    /// If it is no Rust.
    pub fn read(module: Module, text: &str) -> Source {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", module.join("::")));
        let mut reader = Reader { source: Source { module, ..Source::default() } };
        reader.visit_file(&file);
        reader.source
    }
}

struct Reader {
    source: Source,
}

impl Reader {
    fn take_use(&mut self, tree: &UseTree, way: &[String], handed_on: bool) {
        let with = |name: String| way.iter().cloned().chain([name]).collect::<Vec<_>>();
        let (path, name) = match tree {
            UseTree::Path(path) => return self.take_use(&path.tree, &with(path.ident.to_string()), handed_on),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.take_use(tree, way, handed_on)),
            UseTree::Glob(_) => (way.to_vec(), String::new()),
            UseTree::Name(name) if name.ident == "self" => (way.to_vec(), way.last().cloned().unwrap_or_default()),
            UseTree::Name(name) => (with(name.ident.to_string()), name.ident.to_string()),
            UseTree::Rename(rename) => (with(rename.ident.to_string()), rename.rename.to_string()),
        };
        if handed_on && !name.is_empty() {
            self.source.handed_on.insert(name, path);
        } else {
            self.source.paths.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Use(line) = item {
            self.take_use(&line.tree, &[], !matches!(line.vis, Visibility::Inherited));
        }
        visit::visit_item(self, item);
    }

    /// Where something can be seen is no use of that place: `pub(in crate::chart)`.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.source.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.source.asks_for_platform |= list.tokens.to_string().contains("target_arch");
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.source.asks_for_platform |=
            called.path.is_ident("cfg") && called.tokens.to_string().contains("target_arch");
        // What stands in a macro's brackets is no syntax yet. Its paths begin with what a `use` line names, as a rule.
        let words = words(called.tokens.clone());
        for at in 0..words.len() {
            let goes_on = at > 0 && words[at - 1] == "::";
            if matches!(words[at].as_str(), "crate" | "super") && !goes_on {
                self.source.paths.insert(path_of(&words[at..]));
            }
        }
        visit::visit_macro(self, called);
    }
}

/// The path that these words begin with: `crate`, `::`, `trace`…
fn path_of(words: &[String]) -> Vec<String> {
    let steps = words[1..].chunks_exact(2).take_while(|step| step[0] == "::");
    words.iter().take(1).chain(steps.map(|step| &step[1])).cloned().collect()
}

/// The words of a macro's brackets, with `::` as one.
fn words(tokens: proc_macro2::TokenStream) -> Vec<String> {
    use proc_macro2::TokenTree;
    let mut words: Vec<String> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                words.push("(".to_owned());
                words.extend(self::words(group.stream()));
                words.push(")".to_owned());
            }
            TokenTree::Punct(sign) if sign.as_char() == ':' && words.last().is_some_and(|last| last == ":") => {
                *words.last_mut().expect("just looked at") = "::".to_owned();
            }
            other => words.push(other.to_string()),
        }
    }
    words
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "test")
}

/// All files of a crate, by module.
pub struct Crate(pub BTreeMap<Module, Source>);

impl Crate {
    /// The files that a file uses, itself not among them. What a file hands on counts as that of the file where it
    /// comes from, so a module's front door makes no circle with what stands behind it.
    pub fn uses(&self, source: &Source) -> BTreeSet<&Module> {
        let paths = source.paths.iter().filter_map(|path| self.file_of(&source.module, path, 0));
        paths.filter(|module| **module != source.module).collect()
    }

    /// The file in which the end of a path is defined, as seen from a module.
    fn file_of(&self, from: &[String], path: &[String], depth: usize) -> Option<&Module> {
        let mut at: Module = from.to_vec();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop()?;
                    rest = &rest[1..];
                }
            }
            name => {
                let child: Module = from.iter().cloned().chain([name.to_owned()]).collect();
                if !self.0.contains_key(&child) {
                    return None; // Another crate, or something of this file's own.
                }
            }
        }
        while let Some((name, after)) = rest.split_first() {
            let below: Module = at.iter().cloned().chain([name.clone()]).collect();
            if self.0.contains_key(&below) {
                (at, rest) = (below, after);
                continue;
            }
            let handed_on = self.0.get(&at).and_then(|source| source.handed_on.get(name));
            return match handed_on {
                Some(origin) if depth < 8 => {
                    let whole: Vec<String> = origin.iter().chain(after).cloned().collect();
                    self.file_of(&at, &whole, depth + 1).or(self.0.get_key_value(&at).map(|(module, _)| module))
                }
                _ => self.0.get_key_value(&at).map(|(module, _)| module),
            };
        }
        self.0.get_key_value(&at).map(|(module, _)| module)
    }
}
