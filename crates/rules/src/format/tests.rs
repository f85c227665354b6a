use super::*;
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::tree::{NodeKind, Step, Tree};
use proptest::prelude::*;

fn formatted(source: &str) -> String {
    String::from_utf8(format(source.as_bytes()).unwrap()).unwrap()
}

#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(formatted(source), expected, "{source}");
    assert_eq!(formatted(expected), expected, "again");
}

#[test]
fn short_rules_stay_on_one_line_with_one_space_around_operators() {
    check("", "");
    check("  a:=1 ", "a := 1");
    check("( action=='edit'&!( -1 in [ 1,2 ,] ) )", "(action == 'edit' & !(-1 in [1, 2,]))");
    check("lcase ( x ) [ 0 ]-- 1", "lcase(x)[0] - -1");
    check("a[ ]:=2", "a[] := 2");
    check("true?1:2", "true ? 1 : 2");
    check("if 1 then 2 else 3 end", "if 1 then 2 else 3 end");
}

#[test]
fn statements_stand_on_a_line_each_and_keep_one_empty_line() {
    check("a:=1;b:=2;\n\n\na&b", "a := 1;\nb := 2;\n\na & b");
    check("a;;b;", "a;;\nb;");
    check("(a:=1;a)", "(a := 1; a)");
}

#[test]
fn a_chain_that_its_author_broke_gets_one_operand_a_line() {
    check("a & b\n& c | d", "a &\nb &\nc |\nd");
    check("x := a &\nb", "x :=\n    a &\n    b");
    check("!(a |\nb) & c", "!(\n    a |\n    b\n) &\nc");
}

#[test]
fn a_chain_that_is_too_long_is_broken_too() {
    let long = "added_lines contains \"a text of some length\"";
    check(&format!("{long} & {long} & {long}"), &format!("{long} &\n{long} &\n{long}"));
    let list = format!("contains_any(x, {})", ["\"a needle\""; 12].join(", "));
    check(
        &list,
        &format!(
            "contains_any(\n    x, {},\n    {}\n)",
            ["\"a needle\""; 7].join(", "),
            ["\"a needle\""; 5].join(", ")
        ),
    );
}

#[test]
fn branches_that_do_not_fit_are_laid_out() {
    let long = "x".repeat(60);
    check(&format!("if {long} then {long} else b end"), &format!("if {long} then\n    {long}\nelse\n    b\nend"));
    check(&format!("c ? {long} : {long}"), &format!("c\n    ? {long}\n    : {long}"));
}

#[test]
fn comments_stay_where_they_stand() {
    check("/* a rule */\na & b", "/* a rule */\na & b");
    check("a & /* about b */ b", "a & /* about b */ b");
    check("a & /* about a */\nb", "a & /* about a */\nb");
    check("a /* about a */\n& b", "a & /* about a */\nb");
    check("a\n/* about b */ & b", "a &\n/* about b */ b");
    check("a & b /* about b */", "a & b /* about b */");
    check("a; /* one\n two */ b", "a;\n/* one\n two */ b");
    check("(a /* x */)", "(a /* x */)");
    check("/*/ 1", "/*/ 1");
}

#[test]
fn a_hundred_thousand_operands_and_a_thousand_levels_are_formatted_in_linear_time() {
    let chain = "1&".repeat(60_000) + "1";
    assert!(format(chain.as_bytes()).unwrap().len() > chain.len());
    let deep = "!(".repeat(900) + "a &\n b" + &")".repeat(900);
    let once = formatted(&deep);
    assert_eq!(formatted(&once), once);
}

fn kinds(source: &[u8]) -> (Vec<TokenKind>, usize) {
    let (tokens, comments): (Vec<Token>, _) = lex(source).unwrap();
    (tokens.into_iter().map(|token| token.kind).collect(), comments.len())
}

fn shape(tree: &Tree) -> Vec<(NodeKind, usize)> {
    let Some(root) = tree.root() else {
        return Vec::new();
    };
    let entered = tree.walk(root).filter_map(|step| match step {
        Step::Enter(id) => Some((tree.node(id).kind, tree.children(id).len())),
        _ => None,
    });
    entered.collect()
}

fn holds(source: &[u8]) {
    let once = format(source).unwrap();
    let text = String::from_utf8_lossy(source);
    assert_eq!(kinds(source), kinds(&once), "tokens of {text}");
    let trees = [source, &once].map(|source| shape(&syntax::parse(source).unwrap()));
    assert_eq!(trees[0], trees[1], "tree of {text}");
    let twice = format(&once).unwrap();
    let (once, twice) = (String::from_utf8_lossy(&once), String::from_utf8_lossy(&twice));
    assert_eq!(once, twice, "formatted twice: {text}");
}

/// White space and comments, as authors leave them.
fn blank() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(" ".to_owned()),
        2 => Just("\n".to_owned()),
        1 => Just("\n\n\n".to_owned()),
        1 => Just("/* c */".to_owned()),
        1 => Just(" /* c */\n".to_owned()),
        1 => Just("\n/* c\nd */ ".to_owned()),
        1 => Just("\n\n/*/\n/* e */ /* f */\n\n".to_owned()),
    ]
}

/// Programs, with gaps (`~`) for white space.
fn programs() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a",
        "added_lines",
        "1",
        "-1",
        "\"text\"",
        "'a\nb'",
        "null",
        "[~]",
        "x[0]",
        "\"a rather long text that fills the line\"",
    ])
    .prop_map(str::to_owned);
    let value = leaf.prop_recursive(6, 60, 5, |inner| {
        let op = prop::sample::select(vec!["&", "|", "^", "+", "-", "*", "&", "|"]);
        let item = inner.clone();
        prop_oneof![
            4 => prop::collection::vec((inner.clone(), op), 1..6).prop_map(|parts| {
                let parts = parts.iter().map(|(part, op)| format!("({part}~)~{op}~"));
                format!("(~{}1~)", parts.collect::<String>())
            }),
            2 => prop::collection::vec(inner.clone(), 1..7)
                .prop_map(|parts| format!("lcase~(~{}~)", parts.join("~,~"))),
            2 => prop::collection::vec(inner.clone(), 1..7)
                .prop_map(|parts| format!("[~{}~,~]", parts.join("~,~"))),
            2 => (inner.clone(), item.clone()).prop_map(|(a, b)| format!("(~{a}~;~x~:=~{b}~)")),
            2 => (inner.clone(), item.clone(), item.clone())
                .prop_map(|(a, b, c)| format!("(~{a}~?~{b}~:~{c}~)")),
            2 => (inner.clone(), item.clone(), item.clone())
                .prop_map(|(a, b, c)| format!("(~if~{a}~then~{b}~else~{c}~end~)")),
            1 => (inner.clone(), item).prop_map(|(a, b)| format!("(~{a}~in~{b}~==~{a}~)")),
            1 => inner.prop_map(|a| format!("(~!~({a})~)")),
        ]
    });
    let statement = prop_oneof![
        value.clone(),
        value.clone().prop_map(|value| format!("x~:=~{value}")),
        (value.clone(), value).prop_map(|(a, b)| format!("{a}~&~{b}~|~{a}")),
    ];
    prop::collection::vec(statement, 1..4).prop_map(|parts| format!("~{}~", parts.join("~;~")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_and_trees_stay_and_formatting_twice_is_formatting_once(
        program in programs(),
        gaps in prop::collection::vec(blank(), 1..40),
    ) {
        let mut source = String::new();
        let mut gaps = gaps.iter().cycle();
        for part in program.split_inclusive('~') {
            source += part.trim_end_matches('~');
            if part.ends_with('~') {
                source += gaps.next().map_or(" ", String::as_str);
            }
        }
        holds(source.as_bytes());
    }
}

/// With `WIKIWARD_DATA` set to a folder that has `filters/*.jsonl`: rules that wikis use.
#[test]
fn rules_of_real_wikis_keep_their_tokens_and_trees() {
    let Some(folder) = std::env::var_os("WIKIWARD_DATA") else {
        return;
    };
    let files = std::fs::read_dir(std::path::Path::new(&folder).join("filters")).unwrap();
    let mut count = 0;
    for file in files.map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let filter: serde_json::Value = serde_json::from_str(line).unwrap();
            holds(filter["rule"].as_str().unwrap().as_bytes());
            count += 1;
        }
    }
    assert!(count > 0);
}
