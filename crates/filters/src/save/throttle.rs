//! The parameters of `throttle`: `["", "3,60", "user", "ip,page"]`.

use super::Finding;

/// What a throttle counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identifier {
    /// The address.
    Ip,
    /// The user.
    User,
    /// The range of the address.
    Range,
    /// The day of registration.
    CreationDate,
    /// The exact number of edits.
    EditCount,
    /// Everybody together.
    Site,
    /// The page.
    Page,
}

impl Identifier {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Ip, Self::User, Self::Range, Self::CreationDate, Self::EditCount, Self::Site, Self::Page];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::User => "user",
            Self::Range => "range",
            Self::CreationDate => "creationdate",
            Self::EditCount => "editcount",
            Self::Site => "site",
            Self::Page => "page",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// Most lines of identifiers in one throttle.
pub const GROUPS_MAX: usize = 16;

/// Most identifiers in one line: each at most once.
pub const IDENTIFIERS_MAX: usize = Identifier::ALL.len();

/// A throttle that can be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttle {
    /// Matches that pass in a window; at least 1.
    pub count: u64,
    /// Length of a window in seconds; at least 1.
    pub period_s: u64,
    /// One counter per line and combination of values; identifiers in order, each once.
    pub groups: Vec<Vec<Identifier>>,
}

impl Throttle {
    /// Reads parameters as stored: the filter's id, `count,period`, and one line of identifiers each.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn parse(params: &[String]) -> Result<Self, Vec<Finding>> {
        let mut errors = Vec::new();
        let rate = params.get(1).map_or("", String::as_str);
        let (count, period) = rate.split_once(',').unwrap_or((rate, ""));
        let count = positive(count);
        let period_s = positive(period);
        if count.is_none() {
            let message = "a throttle counts at least 1 match: write a number without a leading 0";
            errors.push(Finding::new("throttle_count", "actions.throttle[1]", message).with(rate));
        }
        if period_s.is_none() {
            let message = "a throttle's window is a number of seconds, at least 1, without a leading 0";
            errors.push(Finding::new("throttle_period", "actions.throttle[1]", message).with(rate));
        }
        let groups = groups(params.get(2..).unwrap_or_default(), &mut errors);
        match (count, period_s) {
            (Some(count), Some(period_s)) if errors.is_empty() => Ok(Self { count, period_s, groups }),
            _ => Err(errors),
        }
    }
}

/// A number that matches `[1-9][0-9]*` and fits.
fn positive(text: &str) -> Option<u64> {
    let is_number = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn groups(lines: &[String], errors: &mut Vec<Finding>) -> Vec<Vec<Identifier>> {
    if lines.is_empty() {
        errors.push(Finding::new(
            "throttle_groups_empty",
            "actions.throttle",
            "say what is counted by, such as `user`",
        ));
    }
    if lines.len() > GROUPS_MAX {
        let message = format!("at most {GROUPS_MAX} lines of {IDENTIFIERS_MAX} identifiers each are allowed");
        errors.push(Finding::new("throttle_groups_too_many", "actions.throttle", message));
        return Vec::new();
    }
    let mut groups: Vec<Vec<Identifier>> = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let field = format!("actions.throttle[{}]", place + 2);
        let words: Vec<&str> = line.split(',').map(str::trim).collect();
        if words.len() > IDENTIFIERS_MAX {
            let message = format!("at most {IDENTIFIERS_MAX} identifiers are allowed in a line");
            errors.push(Finding::new("throttle_groups_too_many", field, message));
            continue;
        }
        let mut group = Vec::new();
        for word in words {
            match Identifier::find(word) {
                None => {
                    let message = "an identifier is ip, user, range, creationdate, editcount, site or page";
                    errors.push(Finding::new("throttle_groups_invalid", field.clone(), message).with(word));
                }
                Some(identifier) if group.contains(&identifier) => {
                    let message = "an identifier stands twice in one line";
                    errors.push(Finding::new("throttle_groups_duplicate", field.clone(), message).with(word));
                }
                Some(identifier) => group.push(identifier),
            }
        }
        group.sort_unstable();
        if !group.is_empty() && groups.contains(&group) {
            let message = "two lines count by the same identifiers";
            errors.push(Finding::new("throttle_groups_duplicate", field, message).with(line.as_str()));
        }
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(params: &[&str]) -> Vec<&'static str> {
        let params: Vec<String> = params.iter().map(|it| (*it).to_owned()).collect();
        match Throttle::parse(&params) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.code).collect(),
        }
    }

    #[test]
    fn a_good_throttle_is_read() {
        let params = ["", "3,60", "user", " page , ip "].map(str::to_owned);
        let throttle = Throttle::parse(&params).unwrap();
        assert_eq!((throttle.count, throttle.period_s), (3, 60));
        assert_eq!(throttle.groups, [vec![Identifier::User], vec![Identifier::Ip, Identifier::Page]]);
    }

    #[test]
    fn each_mistake_has_its_code() {
        assert_eq!(check(&["", "0,60", "user"]), ["throttle_count"]);
        assert_eq!(check(&["", "3", "user"]), ["throttle_period"]);
        assert_eq!(check(&["", "+3,-1", "user"]), ["throttle_count", "throttle_period"]);
        assert_eq!(check(&["", "99999999999999999999,1", "user"]), ["throttle_count"]);
        assert_eq!(check(&[]), ["throttle_count", "throttle_period", "throttle_groups_empty"]);
        assert_eq!(check(&["", "3,60"]), ["throttle_groups_empty"]);
        assert_eq!(check(&["", "3,60", ""]), ["throttle_groups_invalid"]);
        assert_eq!(check(&["", "3,60", "user,moon"]), ["throttle_groups_invalid"]);
        assert_eq!(check(&["", "3,60", "user,user"]), ["throttle_groups_duplicate"]);
        assert_eq!(check(&["", "3,60", "user,ip", "ip,user"]), ["throttle_groups_duplicate"]);
        let many = [&["", "3,60"][..], &["user"; 17]].concat();
        assert_eq!(check(&many), ["throttle_groups_too_many"]);
        assert_eq!(
            check(&["", "3,60", "ip,user,range,creationdate,editcount,site,page,ip"]),
            ["throttle_groups_too_many"]
        );
    }
}
