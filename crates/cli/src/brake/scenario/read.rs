//! From a file to a scenario.

use super::keys::{KEYS, Key, Kind};
use super::{Value, plain, set};
use std::path::{Path, PathBuf};
use strsim::levenshtein;
use toml::de::{DeTable, DeValue};
use wikiward_filters::brake::simulate::{Scenario, Wanted};

/// Most bytes of a scenario file.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 20;

/// Most ordinary actions and attempts of one run, the past included.
pub(crate) const ACTIONS_MAX: f64 = 20_000_000.0;

/// Why a scenario file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScenarioError {
    /// It cannot be read.
    #[error("{}: the scenario cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// It is too long to be one.
    #[error("{}: longer than 1 MiB, which no scenario is", .0.display())]
    TooLong(PathBuf),
    /// It is no TOML.
    #[error("{}:{line}: {message}. Scenarios are written in TOML, as in `samples/brake/`", .file.display())]
    Text { file: PathBuf, line: usize, message: String },
    /// There is no such key.
    #[error("{}:{line}: `{key}` is no key of a scenario{}. The book lists all keys under \"Scenarios of the brake\"",
        .file.display(), .near.as_ref().map(|near| format!("; perhaps `{near}` is meant")).unwrap_or_default())]
    UnknownKey { file: PathBuf, line: usize, key: String, near: Option<&'static str> },
    /// A value cannot be.
    #[error("{}:{line}: `{key}` is {found}; give {expected}", .file.display())]
    Value { file: PathBuf, line: usize, key: String, found: String, expected: String },
}

/// Reads a scenario.
pub(crate) fn load(file: &Path) -> Result<Scenario, ScenarioError> {
    let unreadable = |error| ScenarioError::Unreadable(file.to_owned(), error);
    if std::fs::metadata(file).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(ScenarioError::TooLong(file.to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    read(&text, file)
}

fn read(text: &str, file: &Path) -> Result<Scenario, ScenarioError> {
    let table = DeTable::parse(text).map_err(|error| ScenarioError::Text {
        file: file.to_owned(),
        line: line(text, error.span().map_or(0, |span| span.start)),
        message: error.message().trim_end_matches('.').to_owned(),
    })?;
    let mut found = Vec::new();
    let reader = Reader { file, text };
    reader.table(table.get_ref(), "", &mut found)?;
    // A size is what the other keys of a wiki change; so is the number of wikis.
    found.sort_by_key(|(key, ..): &(&Key, Value, usize)| !["wiki.size", "farm.wikis"].contains(&key.path));
    let mut scenario = plain(&file.file_stem().unwrap_or_default().to_string_lossy());
    for (key, value, _) in &found {
        set(&mut scenario, key.path, value.clone());
    }
    reader.check(&scenario, &found)?;
    Ok(scenario)
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn table(
        &self,
        table: &DeTable<'_>,
        above: &str,
        found: &mut Vec<(&'static Key, Value, usize)>,
    ) -> Result<(), ScenarioError> {
        for (name, value) in table {
            let path =
                if above.is_empty() { name.get_ref().to_string() } else { format!("{above}.{}", name.get_ref()) };
            let line = line(self.text, name.span().start);
            if let Some(key) = KEYS.iter().find(|key| key.path == path) {
                let value = read_value(key.kind, value.get_ref()).ok_or_else(|| ScenarioError::Value {
                    file: self.file.to_owned(),
                    line,
                    key: path,
                    found: shown(self.text.get(value.span()).unwrap_or_default()),
                    expected: expected(key.kind),
                })?;
                found.push((key, value, line));
                continue;
            }
            let is_table = KEYS.iter().any(|key| key.path.starts_with(&format!("{path}.")));
            match value.get_ref() {
                DeValue::Table(inner) if is_table => self.table(inner, &path, found)?,
                _ => {
                    let near = nearest(&path);
                    return Err(ScenarioError::UnknownKey {
                        file: self.file.to_owned(),
                        line,
                        key: shown(&path),
                        near,
                    });
                }
            }
        }
        Ok(())
    }

    /// What values mean together.
    fn check(&self, scenario: &Scenario, found: &[(&'static Key, Value, usize)]) -> Result<(), ScenarioError> {
        let refuse = |key: &str, is: String, expected: &str| {
            let line = found.iter().find(|(it, ..)| it.path == key).map_or(1, |(_, _, line)| *line);
            let (file, expected) = (self.file.to_owned(), expected.to_owned());
            Err(ScenarioError::Value { file, line, key: key.to_owned(), found: is, expected })
        };
        let limits = &scenario.limits;
        let classes =
            [("destructive", limits.destructive), ("obstructive", limits.obstructive), ("nuisance", limits.nuisance)];
        for (class, limits) in classes {
            if limits.tolerated >= limits.intolerable {
                let key = format!("brake.{class}.tolerated");
                return refuse(&key, limits.tolerated.to_string(), "a smaller share than `intolerable`");
            }
            if limits.threshold_min > limits.threshold_max {
                let key = format!("brake.{class}.threshold_min");
                return refuse(&key, limits.threshold_min.to_string(), "at most `threshold_max`");
            }
        }
        if let Some(episode) = limits.missing {
            if episode.threshold_min > episode.threshold_max {
                let is = episode.threshold_min.to_string();
                return refuse("brake.episode.threshold_min", is, "at most `threshold_max`");
            }
            if episode.destructive_origins > episode.obstructive_origins {
                let is = episode.destructive_origins.to_string();
                return refuse("brake.episode.destructive_origins", is, "at most `obstructive_origins`");
            }
        }
        if let Some(attack) = scenario.attack.filter(|attack| attack.standing > attack.addresses) {
            return refuse("attack.in_standing", attack.standing.to_string(), "at most as many as `addresses`");
        }
        let farm = scenario.farm;
        if farm.concerned > farm.wikis {
            return refuse("farm.concerned", farm.concerned.to_string(), "at most as many as `wikis`");
        }
        let wiki = &scenario.wiki;
        let days = wiki.days + (scenario.begins_hours + scenario.hours) / 24.0 * scenario.traffic.share.max(1.0);
        let actions = wiki.per_day * days * f64::from(farm.wikis);
        if actions > ACTIONS_MAX {
            let is = format!("{}: {actions:.0} actions in all", wiki.per_day);
            return refuse("wiki.actions_per_day", is, "less, or fewer `hours`, for at most 20,000,000 actions");
        }
        Ok(())
    }
}

fn read_value(kind: Kind, value: &DeValue<'_>) -> Option<Value> {
    let number = |value: &DeValue<'_>| match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(|it| it.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    };
    match (kind, value) {
        (Kind::Number(least, most), value) => {
            let number: f64 = number(value)?.parse().ok()?;
            (number >= least && number <= most).then_some(Value::Number(number))
        }
        (Kind::Count(least, most), value) => {
            let number: u32 = number(value)?.parse().ok()?;
            (number >= least && number <= most).then_some(Value::Count(number))
        }
        (Kind::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
        (Kind::Text, DeValue::String(text)) => Some(Value::Text(text.chars().take(200).collect())),
        (Kind::One(words), DeValue::String(text)) => {
            words.contains(&text.as_ref()).then(|| Value::Text(text.to_string()))
        }
        (Kind::Some(words), DeValue::Array(list)) => {
            let read = |value: &toml::Spanned<DeValue<'_>>| match value.get_ref() {
                DeValue::String(text) if words.contains(&text.as_ref()) => Some(text.to_string()),
                _ => None,
            };
            list.iter().map(read).collect::<Option<Vec<_>>>().map(Value::Words)
        }
        (Kind::Wanted, DeValue::String(text)) => wanted(text).map(Value::Wanted),
        (Kind::Wanted, value) => {
            let number: f64 = number(value)?.parse().ok()?;
            (number >= 0.0 && number.is_finite()).then_some(Value::Wanted(Wanted::About(number)))
        }
        _ => None,
    }
}

fn wanted(text: &str) -> Option<Wanted> {
    type Bound = fn(f64) -> Wanted;
    if text == "never" {
        return Some(Wanted::Never);
    }
    let bounds = [("at most ", Wanted::AtMost as Bound), ("at least ", Wanted::AtLeast)];
    bounds.into_iter().find_map(|(words, wanted)| {
        let bound: f64 = text.strip_prefix(words)?.trim().parse().ok()?;
        (bound >= 0.0 && bound.is_finite()).then_some(wanted(bound))
    })
}

fn expected(kind: Kind) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Number(least, most) => format!("a number from {least} to {most}"),
        Kind::Count(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Text => "a text in quotes".to_owned(),
        Kind::One(all) => format!("one of {}", words(all)),
        Kind::Some(all) => format!("a list of {}", words(all)),
        Kind::Wanted => "a number that is not negative, \"never\", \"at most 5\", or \"at least 5\"".to_owned(),
    }
}

/// A text of a file as a complaint shows it: on one line, not too long.
fn shown(text: &str) -> String {
    crate::backtest::visible::cut(&crate::backtest::visible::on_one_line(text), 60).into_owned()
}

/// The key that is most like `path`, if one is.
fn nearest(path: &str) -> Option<&'static str> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    // In the wrong table, or at the top of the file.
    let elsewhere = || KEYS.iter().find(|key| last(key.path) == last(path)).map(|key| key.path);
    let near = {
        // No key of ours is longer.
        let begin: String = path.chars().take(80).collect();
        KEYS.iter().map(|key| (levenshtein(key.path, &begin), key.path)).min()?
    };
    if near.0 <= 1 + path.len() / 5 { Some(near.1) } else { elsewhere() }
}

fn line(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use wikiward_filters::brake::simulate::Farm;

    #[track_caller]
    fn refused(text: &str, message: &str) {
        let error = read(text, Path::new("my.toml")).unwrap_err().to_string();
        assert_eq!(error, message);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_what_to_do() {
        refused(
            "[wiki]\npeopel = 3",
            "my.toml:2: `wiki.peopel` is no key of a scenario; perhaps `wiki.people` is meant. The book lists all keys under \
             \"Scenarios of the brake\"",
        );
        refused(
            "title = \"x\"\nattempts = 3",
            "my.toml:2: `attempts` is no key of a scenario; perhaps `attack.attempts` is meant. The book lists all keys \
             under \"Scenarios of the brake\"",
        );
        refused("[traffic]\n\nrhythm = 2", "my.toml:3: `traffic.rhythm` is 2; give a number from 0 to 1");
        refused("hours = nan", "my.toml:1: `hours` is nan; give a number from 0.01 to 1440");
        refused(
            "[filter]\nconsequences = [\"blok\"]",
            "my.toml:2: `filter.consequences` is [\"blok\"]; give a list of \"block\", \"rangeblock\", \"blockautopromote\", \
             \"degroup\", \"disallow\", \"warn\"",
        );
        refused(
            "[brake.destructive]\ntolerated = 0.1",
            "my.toml:2: `brake.destructive.tolerated` is 0.1; give a smaller share than `intolerable`",
        );
        refused(
            "[brake.nuisance]\nthreshold_max = 8",
            "my.toml:1: `brake.nuisance.threshold_min` is 9; give at most `threshold_max`",
        );
        refused(
            "[brake.episode]\nthreshold_min = 13",
            "my.toml:2: `brake.episode.threshold_min` is 13; give at most `threshold_max`",
        );
        refused(
            "[brake.episode]\ndestructive_origins = 7",
            "my.toml:2: `brake.episode.destructive_origins` is 7; give at most `obstructive_origins`",
        );
        refused(
            "hours = 1440\n[wiki]\nactions_per_day = 1e6",
            "my.toml:3: `wiki.actions_per_day` is 1000000: 88000000 actions in all; give less, or fewer `hours`, for at most \
             20,000,000 actions",
        );
        refused(
            "[expect.standard]\nblocked = \"few\"",
            "my.toml:2: `expect.standard.blocked` is \"few\"; give a number that is not negative, \"never\", \
             \"at most 5\", or \"at least 5\"",
        );
        refused("[farm]\nwikis = 1", "my.toml:2: `farm.wikis` is 1; give a whole number from 2 to 100");
        refused(
            "[farm]\nwikis = 3\nconcerned = 4",
            "my.toml:3: `farm.concerned` is 4; give at most as many as `wikis`",
        );
        refused(
            "[reactivation]\nreason = \"why not\"",
            "my.toml:2: `reactivation.reason` is \"why not\"; give one of \"attack\", \"accepted\", \"other\"",
        );
        refused(
            "[outage]\non_store_failure = true",
            "my.toml:2: `outage.on_store_failure` is true; give one of \"soften\", \"ignore\"",
        );
        refused(
            "[expect.standard]\nrelatched = \"at least some\"",
            "my.toml:2: `expect.standard.relatched` is \"at least some\"; give a number that is not negative, \"never\", \
             \"at most 5\", or \"at least 5\"",
        );
        assert!(read("[wiki\n", Path::new("my.toml")).unwrap_err().to_string().starts_with("my.toml:1: "));
    }

    #[test]
    fn an_empty_file_is_a_good_filter_on_a_small_wiki() {
        let scenario = read("", Path::new("folder/quiet.toml")).unwrap();
        assert_eq!((scenario.title.as_str(), scenario.attack), ("quiet", None));
        assert_eq!((scenario.farm, scenario.reactivation, scenario.outage), (Farm::ONE, None, None));
    }

    /// A value of the kind that is not the default of any key of it.
    fn example(kind: Kind) -> String {
        match kind {
            Kind::Number(least, most) => format!("{:.6}", f64::midpoint(least, most.min(least + 0.9))),
            Kind::Count(least, most) => format!("{}", most.min(least + 5)),
            Kind::Flag => "false".to_owned(),
            Kind::Text => "\"something\"".to_owned(),
            Kind::One(words) => format!("\"{}\"", words[0]),
            Kind::Some(words) => format!("[\"{}\"]", words[4]),
            Kind::Wanted => "\"at most 7\"".to_owned(),
        }
    }

    #[test]
    fn each_key_changes_the_scenario() {
        for key in KEYS {
            // A key alone; the check over several values is not what is tried here.
            let value = example(key.kind);
            let parsed = toml::de::DeValue::parse(&value).unwrap();
            let mut scenario = plain("x");
            set(&mut scenario, key.path, read_value(key.kind, parsed.get_ref()).unwrap());
            assert_ne!(scenario, plain("x"), "{} = {value}", key.path);
        }
    }
}
