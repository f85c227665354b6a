//! Settings as they are in force, for people to read.

use super::Config;
use serde_json::{Map, Value};
use std::fmt::Write as _;

impl Config {
    /// The settings in force as TOML. Passwords in addresses are hidden, so the text may be shown to others.
    ///
    /// A setting without a value is left out.
    pub fn show(&self) -> String {
        let mut text = String::new();
        let mut hidden = self.clone();
        hidden.database.url = wikiward_store::without_password(&hidden.database.url);
        if let Ok(Value::Object(tables)) = serde_json::to_value(&hidden) {
            write_tables(&tables, "", &mut text);
        }
        text
    }
}

/// Plain keys of a table stand before the tables below it, as TOML wants it.
fn write_tables(table: &Map<String, Value>, above: &str, text: &mut String) {
    for (key, value) in table {
        match value {
            Value::Null | Value::Object(_) => {}
            value => {
                // Writing to a string does not fail.
                let _ = writeln!(text, "{key} = {}", toml_value(value));
            }
        }
    }
    for (key, value) in table {
        let Value::Object(inner) = value else { continue };
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "[{path}]");
        write_tables(inner, &path, text);
    }
}

/// Values of TOML are written as in JSON, but for one character that JSON leaves plain.
fn toml_value(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members: Vec<String> = members.map(|(key, value)| format!("{key} = {}", toml_value(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        value => value.to_string().replace('\u{7f}', "\\u007f"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use confique::Config as _;
    use confique::meta::{FieldKind, Meta};

    fn config(text: &str) -> Config {
        let layer = toml::from_str(text).unwrap();
        Config::builder().preloaded(layer).load().unwrap()
    }

    fn keys(meta: &Meta, above: &str, found: &mut Vec<String>) {
        for field in meta.fields {
            match &field.kind {
                FieldKind::Nested { meta } => keys(meta, &format!("{above}{}.", field.name), found),
                FieldKind::Leaf { .. } => found.push(format!("{above}{}", field.name)),
            }
        }
    }

    #[test]
    fn passwords_are_hidden_wherever_they_stand() {
        let check = |url: &str, shown: &str| assert_eq!(wikiward_store::without_password(url), shown);
        check("sqlite:wikiward.db", "sqlite:wikiward.db");
        check("postgres://host/name", "postgres://host/name");
        check("postgres://user@host/name", "postgres://user@host/name");
        check("postgres://user:secret@host:5432/name", "postgres://user:…@host:5432/name");
        check("postgres://user:se@c:ret@host/name", "postgres://user:…@host/name");
        check("postgres://host/name?user=u&password=secret", "postgres://host/name?user=u&password=…");
        check(
            "postgres://u:s@host/n?sslPassword=x&sslmode=require",
            "postgres://u:…@host/n?sslPassword=…&sslmode=require",
        );
    }

    #[test]
    fn what_is_shown_can_be_read_again_and_says_the_same() {
        let text = "[server]\nlisten = [\"0.0.0.0:80\", \"unix:/run/a \\\"b\\\".sock\"]\ntls_certificate = \"c\"\n\
                    tls_key = \"k\"\n[metrics]\nlisten = \"\"\n[log]\nformat = \"json\"\nlevel = \"a\\u007f\"\n";
        let shown = config(text).show();
        assert_eq!(config(&shown).show(), shown);
        assert!(shown.contains("listen = [\"0.0.0.0:80\", \"unix:/run/a \\\"b\\\".sock\"]\n"), "{shown}");
        assert!(shown.contains("\n[metrics]\nlisten = \"\"\n"), "{shown}");
    }

    #[test]
    fn every_setting_that_has_a_value_is_shown() {
        let shown: toml::Table = toml::from_str(&config("").show()).unwrap();
        let mut all = Vec::new();
        keys(&Config::META, "", &mut all);
        let missing: Vec<_> = all
            .into_iter()
            .filter(|key| {
                let mut place = Some(&toml::Value::Table(shown.clone())).cloned();
                for part in key.split('.') {
                    place = place.and_then(|value| value.get(part).cloned());
                }
                place.is_none()
            })
            .collect();
        assert_eq!(missing, ["server.tls_certificate", "server.tls_key"], "they have no default");
    }
}
