//! Every page in every state: in each language, look, and with texts half as long again, and what must hold on all.

use std::collections::{BTreeMap, BTreeSet};
use wikiward_console::pages::sample::{Sample, all};
use wikiward_console::text::Language;
use wikiward_console::visit::Theme;

/// Elements without an end.
const VOID: [&str; 5] = ["meta", "link", "input", "br", "img"];

/// An element's name and its attributes.
type Element = (String, BTreeMap<String, String>);

/// The elements of a document in order; fails where it is not well-formed.
fn elements(document: &str) -> Vec<Element> {
    let (mut found, mut open) = (Vec::new(), Vec::new());
    let mut rest = document.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some(begin) = rest.find('<') {
        rest = rest.get(begin + 1..).unwrap();
        // Values hold no bare `>`: it is escaped.
        let (tag, after) = rest.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "ends what is not open");
            continue;
        }
        let name: String = tag.chars().take_while(|letter| !letter.is_whitespace()).collect();
        found.push((name.clone(), attributes(tag.strip_prefix(name.as_str()).unwrap())));
        if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    found
}

fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|letter: char| letter == '=' || letter.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(value) => value.split_once('"').unwrap(),
            None => ("", after),
        };
        assert!(found.insert(name.to_owned(), value.to_owned()).is_none(), "`{name}` stands twice in `{text}`");
        rest = after.trim_start();
    }
    found
}

fn document(sample: &Sample, language: Language, is_stretched: bool) -> String {
    let mut visitor = sample.rights.visitor(language, Theme::Auto);
    if is_stretched {
        visitor.text = visitor.text.stretched();
    }
    (sample.make)(&visitor).html(&visitor).into_string()
}

fn check(elements: &[Element]) {
    let mut ids = BTreeSet::new();
    for (name, attributes) in elements {
        assert!(!attributes.contains_key("style"), "`{name}` has style of its own");
        assert!(!attributes.keys().any(|name| name.starts_with("on")), "`{name}` has script of its own");
        if let Some(id) = attributes.get("id") {
            assert!(ids.insert(id.as_str()), "two elements have the id `{id}`");
        }
        if let Some(address) = attributes.get("href").or(attributes.get("action")) {
            let is_known = address.starts_with('/') || address.starts_with('#') || address.starts_with("https://");
            assert!(is_known, "`{name}` leads to `{address}`");
        }
    }
    for (name, attributes) in elements {
        for kind in ["for", "aria-describedby", "aria-labelledby", "aria-controls"] {
            for id in attributes.get(kind).into_iter().flat_map(|ids| ids.split_whitespace()) {
                assert!(ids.contains(id), "`{name}` names `{id}` in `{kind}`, which is not there");
            }
        }
    }
    let count = |wanted: &str| elements.iter().filter(|(name, _)| name == wanted).count();
    assert_eq!((count("h1"), count("main")), (1, 1));
    forms_are_bound(elements);
    fields_have_labels(elements);
}

fn forms_are_bound(elements: &[Element]) {
    let mut forms = elements.iter().enumerate().filter(|(_, (name, _))| name == "form").peekable();
    while let Some((place, (_, attributes))) = forms.next() {
        let end = forms.peek().map_or(elements.len(), |(place, _)| *place);
        let has_token = elements[place..end].iter().any(|(_, it)| it.get("name").is_some_and(|it| it == "csrf"));
        let is_post = attributes.get("method").is_some_and(|method| method == "post");
        assert_eq!(
            has_token,
            is_post,
            "the form to {:?}: a token goes with `post`, and with it only",
            attributes.get("action")
        );
    }
}

fn fields_have_labels(elements: &[Element]) {
    let labelled: BTreeSet<&str> = elements
        .iter()
        .filter(|(name, _)| name == "label")
        .filter_map(|(_, it)| it.get("for").map(String::as_str))
        .collect();
    for (name, attributes) in elements {
        let is_field = ["input", "select", "textarea"].contains(&name.as_str());
        let is_unseen =
            attributes.get("type").is_some_and(|kind| kind == "hidden") || attributes.contains_key("hidden");
        if is_field && !is_unseen {
            let id = attributes.get("id").map_or("", String::as_str);
            assert!(labelled.contains(id) || attributes.contains_key("aria-label"), "the field `{id}` has no label");
        }
    }
}

#[test]
fn every_page_is_well_formed_in_every_state_and_language() {
    for sample in all() {
        for language in Language::ALL {
            for is_stretched in [false, true] {
                let document = document(&sample, language, is_stretched);
                let caught = std::panic::catch_unwind(|| check(&elements(&document)));
                assert!(caught.is_ok(), "{} ({}) in {}", sample.page, sample.state, language.code());
                assert!(!document.contains('⧼'), "{} ({}) lacks a message", sample.page, sample.state);
            }
        }
    }
}

#[test]
fn every_page_says_what_it_said() {
    for sample in all() {
        let document = document(&sample, Language::En, false);
        let main = document.split("<main").nth(1).and_then(|it| it.split("</main>").next()).unwrap();
        let main = main.split_once('>').unwrap().1.replace("><", ">\n<");
        // Whether assets were built before depends on the machine, not on the page.
        let main = main.split("Build with “cargo xtask assets” first.</div>\n</div>\n").last().unwrap().to_owned();
        let name = format!("{} {}", sample.page, sample.state).replace(['/', ' ', ','], "_");
        insta::assert_snapshot!(name, main);
    }
}

#[test]
fn no_two_samples_have_one_name() {
    let mut names = BTreeSet::new();
    for sample in all() {
        assert!(names.insert((sample.page, sample.state)), "{} ({})", sample.page, sample.state);
    }
}
