//! The variables of an action, from a file.

use anyhow::{Context, bail};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use wikiward_rules::vocabulary::{Meaning, VariableId};
use wikiward_rules::wire;
use wikiward_rules::{Action, Value, Vocabulary};

/// Longest file of variables, in bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// The argument that names the file.
#[derive(Debug, Default, clap::Args)]
pub struct VarsArgs {
    /// The variables of the action: a JSON object such as `{"action": "edit", "user_editcount": 3}`; `-` is standard
    /// input
    ///
    /// A list becomes an array. {"$bytes": BASE64}, {"$float": "nan"} and {"$repeat": [TEXT, N]} are understood as in
    /// `eval --jsonl`. Variables that follow from others (`added_lines` from `old_wikitext` and `new_wikitext`) need not
    /// be given; what is neither given nor follows is null. A name that no wiki has is an error, unless it is `--known`.
    #[arg(long, value_name = "FILE")]
    pub vars: Option<PathBuf>,
}

/// Variables with their values.
#[derive(Debug, Default)]
pub struct Variables(Vec<(VariableId, Value)>);

impl Variables {
    /// Reads the file that the argument names; without one there are no variables.
    ///
    /// # Errors
    /// The file cannot be read, is no JSON object of values, or names an unknown variable; with file, line and cause.
    pub fn read(args: &VarsArgs, vocabulary: &Vocabulary) -> anyhow::Result<Self> {
        let Some(path) = &args.vars else {
            return Ok(Self::default());
        };
        let name = if path.as_os_str() == "-" { "standard input".into() } else { path.to_string_lossy() };
        let source = read_bytes(path).with_context(|| format!("{name}: cannot be read"))?;
        parse(&source, &name, vocabulary)
    }

    /// An action with these variables. Cheap: values are shared.
    pub fn action(&self, vocabulary: &Vocabulary) -> Action {
        let mut action = Action::new(vocabulary);
        for (id, value) in &self.0 {
            action.set(*id, value.clone());
        }
        action
    }
}

fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn parse(source: &[u8], name: &str, vocabulary: &Vocabulary) -> anyhow::Result<Variables> {
    let mut deserializer = serde_json::Deserializer::from_slice(source);
    let fields = deserializer.deserialize_map(Fields).and_then(|fields| deserializer.end().map(|()| fields));
    let fields = fields.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let cause = error.to_string();
        let cause = cause.split(" at line ").next().unwrap_or_default();
        anyhow::anyhow!("{name}:{line}:{column}: the variables are not one JSON object: {cause}")
    })?;
    let mut variables = Variables::default();
    for (field, raw) in fields {
        let at = raw.get().as_ptr().addr().saturating_sub(source.as_ptr().addr());
        let line = memchr::memchr_iter(b'\n', source.get(..at).unwrap_or_default()).count() + 1;
        let lower = field.to_ascii_lowercase();
        let Meaning::Variable(id) = vocabulary.meaning(&lower) else {
            let hint = match vocabulary.nearest(&lower) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("if an extension adds it, say --known {lower}"),
            };
            let field = field.escape_debug();
            bail!("{name}:{line}: there is no variable `{field}`; {hint}");
        };
        let value = serde_json::from_str(raw.get()).context("nested too deeply");
        let value = value.and_then(|json| Ok(wire::parse_value(&json)?));
        variables.0.push((id, value.with_context(|| format!("{name}:{line}: variable `{lower}`"))?));
    }
    Ok(variables)
}

/// Reads an object as it is written: names, and the text of values, which tells where they stand.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of variables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_key::<String>()? {
            fields.push((Cow::Owned(field), map.next_value()?));
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(source: &str) -> String {
        format!("{:#}", parse(source.as_bytes(), "v.json", &Vocabulary::default()).unwrap_err())
    }

    #[test]
    fn names_in_any_case_and_old_names_set_the_variable() {
        let vocabulary = Vocabulary::default();
        let variables = parse(br#"{"ACTION": "edit", "article_text": "A"}"#, "v.json", &vocabulary).unwrap();
        let action = variables.action(&vocabulary);
        for name in ["action", "page_title"] {
            assert!(action.value(vocabulary.id(name).unwrap()).is_some(), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(
            message("{\n\"action\": \"edit\",\n\"added_line\": []}"),
            "v.json:3: there is no variable `added_line`; did you mean `added_lines`?"
        );
        assert_eq!(
            message("{\"zebra\": 1}"),
            "v.json:1: there is no variable `zebra`; if an extension adds it, say --known zebra"
        );
        assert_eq!(
            message("{\"action\": \"edit\""),
            "v.json:1:17: the variables are not one JSON object: EOF while parsing an object"
        );
        assert_eq!(
            message("[1]"),
            "v.json:1:0: the variables are not one JSON object: invalid type: sequence, expected an object of variables"
        );
        assert_eq!(
            message("{\"summary\": {\"$bytes\": 1}}"),
            "v.json:1: variable `summary`: {\"$bytes\": …} needs a text in base64"
        );
    }
}
