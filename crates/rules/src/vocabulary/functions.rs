//! The functions of the language.

/// A function's identity; two names may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "documented in FUNCTIONS, one entry each")]
pub enum FunctionId {
    Lcase,
    Ucase,
    Length,
    String,
    Int,
    Float,
    Bool,
    Norm,
    Ccnorm,
    CcnormContainsAny,
    CcnormContainsAll,
    ContainsAny,
    ContainsAll,
    EqualsToAny,
    Specialratio,
    Rmspecials,
    Rmdoubles,
    Rmwhitespace,
    Count,
    Rcount,
    GetMatches,
    IpInRange,
    IpInRanges,
    Substr,
    Strpos,
    StrReplace,
    StrReplaceRegexp,
    Rescape,
    Set,
    Sanitize,
}

/// A function's name, arity and documentation.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its identity.
    pub id: FunctionId,
    /// Its name.
    pub name: &'static str,
    /// The name in messages, which of two names for one function is the main one.
    pub main_name: &'static str,
    /// Fewest arguments.
    pub least: usize,
    /// Most arguments; none if any number may follow.
    pub most: Option<usize>,
    /// How it is called.
    pub signature: &'static str,
    /// The type of its value.
    pub returns: &'static str,
    /// What it does, for editors.
    pub about: &'static str,
}

impl Function {
    /// Whether any number of arguments may follow.
    pub fn is_variadic(&self) -> bool {
        self.most.is_none()
    }
}

/// The function of that name, in exactly that spelling.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

macro_rules! functions {
    ($($name:literal $(= $main:literal,)? $id:ident $least:literal $(to $most:literal)? => $returns:literal
        $signature:literal, $about:literal;)*) => {
        /// All functions.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            id: FunctionId::$id,
            name: $name,
            main_name: functions!(@main $name $($main)?),
            least: $least,
            most: functions!(@most $($most)?),
            signature: $signature,
            returns: $returns,
            about: $about,
        }),*];
    };
    (@main $name:literal) => { $name };
    (@main $name:literal $main:literal) => { $main };
    (@most) => { None };
    (@most $most:literal) => { Some($most) };
}

functions! {
    "lcase" Lcase 1 to 1 => "string" "lcase(text)", "The text in lower case.";
    "ucase" Ucase 1 to 1 => "string" "ucase(text)", "The text in upper case.";
    "length" Length 1 to 1 => "int" "length(text or array)",
        "The number of characters of a text, or of elements of an array.";
    "strlen" Length 1 to 1 => "int" "strlen(text or array)", "The same as `length`.";
    "string" String 1 to 1 => "string" "string(value)",
        "The value as text. An array becomes its elements, each with a line feed behind it.";
    "int" Int 1 to 1 => "int" "int(value)", "The value as a whole number; an array becomes its length.";
    "float" Float 1 to 1 => "float" "float(value)", "The value as a number.";
    "bool" Bool 1 to 1 => "bool" "bool(value)",
        "Whether the value is true: not 0, not the empty text, not \"0\", not null, not an empty array.";
    "norm" Norm 1 to 1 => "string" "norm(text)",
        "The text reduced to what it looks like: look-alikes mapped to one letter, repeated characters to one, \
         special characters and white space removed. The result is in upper case.";
    "ccnorm" Ccnorm 1 to 1 => "string" "ccnorm(text)",
        "The text with look-alike characters mapped to one. The result is in upper case.";
    "ccnorm_contains_any" CcnormContainsAny 2 => "bool" "ccnorm_contains_any(text, needle, …)",
        "Whether one of the needles occurs in the text, look-alike characters being the same.";
    "ccnorm_contains_all" CcnormContainsAll 2 => "bool" "ccnorm_contains_all(text, needle, …)",
        "Whether all needles occur in the text, look-alike characters being the same.";
    "contains_any" ContainsAny 2 => "bool" "contains_any(text, needle, …)",
        "Whether one of the needles occurs in the text.";
    "contains_all" ContainsAll 2 => "bool" "contains_all(text, needle, …)",
        "Whether all needles occur in the text.";
    "equals_to_any" EqualsToAny 2 => "bool" "equals_to_any(value, other, …)",
        "Whether the value is identical (`===`) to one of the others.";
    "specialratio" Specialratio 1 to 1 => "float" "specialratio(text)",
        "The share of characters that are neither letters, numbers nor white space, from 0 to 1.";
    "rmspecials" Rmspecials 1 to 1 => "string" "rmspecials(text)",
        "The text without characters that are neither letters, numbers nor white space.";
    "rmdoubles" Rmdoubles 1 to 1 => "string" "rmdoubles(text)",
        "The text with every run of one repeated character made a single one.";
    "rmwhitespace" Rmwhitespace 1 to 1 => "string" "rmwhitespace(text)", "The text without white space.";
    "count" Count 1 to 2 => "int" "count(needle, text) or count(array)",
        "How often the needle occurs in the text. With one argument: the length of an array, or commas plus one.";
    "rcount" Rcount 1 to 2 => "int" "rcount(pattern, text)",
        "How often the regular expression matches the text. With one argument: commas plus one.";
    "get_matches" GetMatches 2 to 2 => "array" "get_matches(pattern, text)",
        "The first match and its groups, as an array; `false` for what did not match.";
    "ip_in_range" IpInRange 2 to 2 => "bool" "ip_in_range(address, range)",
        "Whether the address lies in the range. False for names that are no address.";
    "ip_in_ranges" IpInRanges 2 => "bool" "ip_in_ranges(address, range, …)",
        "Whether the address lies in one of the ranges. False for names that are no address.";
    "substr" Substr 2 to 3 => "string" "substr(text, start, length)",
        "A part of the text, counted in characters; negative numbers count from the end.";
    "strpos" Strpos 2 to 3 => "int" "strpos(text, needle, start)",
        "Where the needle first occurs, counted in characters; -1 if it does not.";
    "str_replace" StrReplace 3 to 3 => "string" "str_replace(text, search, replacement)",
        "The text with every occurrence of one text replaced by another.";
    "str_replace_regexp" StrReplaceRegexp 3 to 3 => "string" "str_replace_regexp(text, pattern, replacement)",
        "The text with every match replaced; `$1` or `\\1` in the replacement stands for a group.";
    "rescape" Rescape 1 to 1 => "string" "rescape(text)",
        "The text with a backslash before every character that means something in a regular expression.";
    "set" Set 2 to 2 => "any" "set(\"name\", value)", "Gives a variable a value; the same as `name := value`.";
    "set_var" = "set", Set 2 to 2 => "any" "set_var(\"name\", value)", "The same as `set`.";
    "sanitize" Sanitize 1 to 1 => "string" "sanitize(text)", "The text with HTML entities decoded.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_thirty_two_names() {
        assert_eq!(FUNCTIONS.len(), 32);
        assert!(find("lcase").is_some());
        assert!(find("LCASE").is_none());
    }
}
