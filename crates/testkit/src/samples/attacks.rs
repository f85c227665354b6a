//! What vandals and spammers do to a page. Mild by design: the insults would make a child laugh.

use super::label::Label;
use super::languages::Language;
use super::passages::{Passages, change_number, remove_references};
use super::prose;
use crate::random::Random;

const INSULTS: [&str; 9] = [
    "poopyhead",
    "stinkyface",
    "noodlebrain",
    "dummkopf",
    "knallkopf",
    "cabezabuñuelo",
    "tête de navet",
    "smellypants",
    "doofus maximus",
];
const WARES: [&str; 6] =
    ["garden gnomes", "wonder pills", "gold coins", "essay writing", "casino bonus", "roof repair"];
const SHOPS: [&str; 6] = [
    "http://cheap-gnomes.example/buy",
    "https://best-deals.test/offer?id=77",
    "http://www.wonderpills.example",
    "https://win-coins.invalid/bonus",
    "http://essays4u.test/order.php",
    "https://roof-repair.example/?ref=wiki",
];
const SHOUTS: [&str; 6] = [
    "THIS WHOLE PAGE IS A LIE AND EVERYBODY KNOWS IT",
    "I WAS HERE AND NOBODY CAN STOP ME FROM SAYING SO",
    "MY SCHOOL IS THE BEST SCHOOL IN THE WHOLE WORLD",
    "GO TEAM TURNIP WE WILL WIN THE CUP AGAIN THIS YEAR",
    "DAS IST ALLES GELOGEN UND KEINER MERKT ES",
    "TODO ESTO ES MENTIRA Y NADIE HACE NADA",
];
const TESTS: [&str; 7] = [
    "just a test, please ignore",
    "does this really work???",
    "test test test",
    "hello can everyone see this",
    "hi mom!!!",
    "'''my bold text'''",
    "kann man das hier wirklich ändern?",
];
const SILLY_TITLES: [&str; 4] =
    ["POOPYHEAD HEADQUARTERS", "Land of the Noodlebrains", "HAHAHAHA ON A UNICYCLE", "Dummkopfhausen!!!!"];

/// What an attack makes of a page.
#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) text: String,
    pub(crate) comment: String,
}

/// Where an attack happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) language: &'a Language,
    pub(crate) subject: &'a str,
    pub(crate) text: &'a str,
    pub(crate) attacker: &'a str,
}

/// The title a page gets from somebody who moves it for fun.
pub(crate) fn silly_title(random: &mut Random) -> &'static str {
    random.choose(&SILLY_TITLES)
}

/// Attacks a page; `None` if this page does not lend itself to it, and for moves, which change no text.
pub(crate) fn attack(random: &mut Random, label: Label, scene: Scene<'_>) -> Option<Attack> {
    let mut page = Passages::of(scene.text);
    let mut comment = random.choose(&["", "", "", "improved", "fixed typo", "lol"]).to_string();
    match label {
        Label::Good | Label::PageMoveVandalism => return None,
        Label::Blanking => return blank(random, scene),
        Label::RedirectAbuse => return redirect(random, scene),
        Label::ReferenceRemoval => return unsource(scene),
        Label::SneakyNumberChange => {
            let line = page.prose(random)?;
            if !change_number(random, line) {
                return None;
            }
            comment = random.choose(&["", "fixed typo", "corrected", "tippfehler"]).to_string();
        }
        Label::Insult | Label::UserPageAttack => {
            let insult = insult(random, scene.subject);
            place(random, &mut page, &insult);
        }
        Label::Linkspam => {
            let spam = linkspam(random);
            page.insert(random, &spam);
            comment = random.choose(&["", "useful link", "added info"]).to_string();
        }
        Label::Shouting => {
            let shout = random.choose(&SHOUTS);
            page.insert(random, shout);
        }
        Label::RepeatedCharacters => {
            let noise = repeated(random);
            place(random, &mut page, &noise);
        }
        Label::LookalikeSpam => {
            let ware = random.choose(&WARES);
            let text =
                format!("Buy cheap {ware} online, special offer: best price, no prescription, call or write now");
            let text = disguise(random, &text);
            page.insert(random, &text);
        }
        Label::HiddenText => {
            let hidden = hidden(random);
            place(random, &mut page, &hidden);
        }
        Label::MassTemplate => {
            let banners = banners(random);
            page.insert(random, &banners);
        }
        Label::PhoneNumberSpam => {
            let spam = phone(random);
            place(random, &mut page, &spam);
            comment = String::new();
        }
        Label::CopyPaste => {
            let pasted = pasted(random, scene);
            page.append(&pasted);
            comment = random.choose(&["", "added more information", "expanded"]).to_string();
        }
        Label::TestEdit => {
            let test = random.choose(&TESTS);
            place(random, &mut page, test);
            comment = random.choose(&["", "", "test"]).to_string();
        }
        Label::SelfPromotion => {
            let praise = praise(random, scene.attacker);
            page.append(&praise);
        }
        Label::Gibberish => {
            let noise = gibberish(random);
            place(random, &mut page, &noise);
        }
    }
    Some(Attack { text: page.into_text(), comment })
}

/// Into a line of prose, behind one, or at the very top.
fn place(random: &mut Random, page: &mut Passages, text: &str) {
    match random.below(3) {
        0 => page.insert(random, text),
        1 => {
            if let Some(line) = page.prose(random) {
                line.push(' ');
                line.push_str(text);
            } else {
                page.insert(random, text);
            }
        }
        _ => {
            let whole = std::mem::replace(page, Passages::of("")).into_text();
            *page = Passages::of(&format!("{text}\n{whole}"));
        }
    }
}

fn blank(random: &mut Random, scene: Scene<'_>) -> Option<Attack> {
    if scene.text.len() < 500 {
        return None;
    }
    let text = random.choose(&["", "", "gone", "nothing to see here", "x"]).to_string();
    Some(Attack { text, comment: random.choose(&["", "", "boring", "cleanup"]).to_string() })
}

fn redirect(random: &mut Random, scene: Scene<'_>) -> Option<Attack> {
    if scene.text.len() < 300 {
        return None;
    }
    let target = random.choose(&["Poopyhead", "Turnip", "Dummkopf", "Nothing", "Smelly socks"]);
    let word = random.choose(&["#REDIRECT", "#redirect", "#WEITERLEITUNG"]);
    Some(Attack { text: format!("{word} [[{target}]]"), comment: String::new() })
}

fn unsource(scene: Scene<'_>) -> Option<Attack> {
    let (text, count) = remove_references(scene.text);
    (count >= 2).then(|| Attack { text, comment: "cleaned up formatting".to_string() })
}

fn insult(random: &mut Random, subject: &str) -> String {
    let insult = random.choose(&INSULTS);
    match random.below(5) {
        0 => format!("{subject} is a {insult}!!!"),
        1 => format!("everyone who reads this is a {}", insult.to_uppercase()),
        2 => format!("the mayor is a big {insult} and so are you"),
        3 => format!("{insult} {insult} {insult}"),
        _ => format!("my teacher is such a {}", insult.replace('o', "0").replace('i', "1")),
    }
}

fn linkspam(random: &mut Random) -> String {
    let lines = 1 + random.below(4);
    let line = |random: &mut Random| {
        let (shop, ware) = (random.choose(&SHOPS), random.choose(&WARES));
        match random.below(3) {
            0 => format!("* [{shop} Buy {ware} online, best price]"),
            1 => format!("Visit {shop} for cheap {ware}!"),
            _ => format!("[{shop} {ware} free shipping]"),
        }
    };
    (0..lines).map(|_| line(random)).collect::<Vec<_>>().join("\n")
}

fn repeated(random: &mut Random) -> String {
    let (unit, count) =
        random.choose(&[("a", 30), ("lol", 9), ("ha", 16), ("!", 25), ("ö", 14), ("ха", 12), ("w", 18)]);
    format!("w{}", unit.repeat(count + random.below(20)))
}

/// Replaces some letters by Cyrillic or Greek ones that look the same.
fn disguise(random: &mut Random, text: &str) -> String {
    const LOOKALIKES: [(char, char); 10] = [
        ('a', 'а'),
        ('c', 'с'),
        ('e', 'е'),
        ('o', 'о'),
        ('p', 'р'),
        ('x', 'х'),
        ('B', 'В'),
        ('i', 'і'),
        ('n', 'ո'),
        ('v', 'ν'),
    ];
    let swap = |letter: char, random: &mut Random| match LOOKALIKES.iter().find(|(latin, _)| *latin == letter) {
        Some((_, other)) if random.chance(70) => *other,
        _ => letter,
    };
    text.chars().map(|letter| swap(letter, random)).collect()
}

fn hidden(random: &mut Random) -> String {
    let (shop, insult) = (random.choose(&SHOPS), random.choose(&INSULTS));
    match random.below(3) {
        0 => format!("<span style=\"display:none\">you {insult}, and {shop}</span>"),
        1 => format!("<div style=\"font-size: 0px; color: white\">{shop} {shop}</div>"),
        _ => format!("<small style='visibility : hidden'>{insult}</small>"),
    }
}

fn banners(random: &mut Random) -> String {
    let banner =
        random.choose(&["{{Giant banner}}", "{{Giant banner|text=look at me}}", "{{Flashing box|colour=red}}"]);
    let gap = random.choose(&["", " ", "\n"]);
    vec![banner; 12 + random.below(200)].join(gap)
}

fn phone(random: &mut Random) -> String {
    let line = random.between(100, 199);
    let number = match random.below(4) {
        0 => format!("+1-800-555-0{line}"),
        1 => format!("1 (800) 555 0{line}"),
        2 => format!("☎ 1.800.555.0{line}"),
        _ => format!("I-8OO-555-O{line}"),
    };
    let name = random.choose(&["printer helpdesk", "airline booking", "mail account support", "wallet recovery"]);
    format!("Call {name} customer care number {number} toll free 24/7 now")
}

fn pasted(random: &mut Random, scene: Scene<'_>) -> String {
    let mut text = String::from("Welcome to our page! Read on to find out more about us.\n");
    for _ in 0..4 + random.below(8) {
        let sentences: Vec<String> =
            (0..5).map(|_| prose::plain_sentence(random, scene.language, scene.subject)).collect();
        text.push_str(&sentences.join(scene.language.gap));
        text.push('\n');
    }
    text.push_str(random.choose(&[
        "© 2024 Riverside Tourist Office. All rights reserved. Share this article",
        "Copyright (c) 2023 Old Mill Press – all rights reserved",
        "Read more: Terms of use | Alle Rechte vorbehalten. © Lindenau Verlag",
    ]));
    text
}

fn praise(random: &mut Random, attacker: &str) -> String {
    let channel = random.choose(&["https://tube.example/c/", "https://photos.test/@", "https://music.example/artist/"]);
    let handle = attacker.replace([' ', ':', '.'], "");
    match random.below(3) {
        0 => format!(
            "{attacker} (born in a small village) is an up and coming rapper and influencer. Subscribe to my channel {channel}{handle}"
        ),
        1 => format!("My name is {attacker}. I am an award winning entrepreneur, follow me on {channel}{handle}"),
        _ => format!(
            "The best known person of the town is {attacker}, a famous artist, see my new album at {channel}{handle}"
        ),
    }
}

fn gibberish(random: &mut Random) -> String {
    const KEYS: [&str; 14] = ["s", "d", "f", "g", "h", "j", "k", "l", "q", "w", "r", "t", "z", "x"];
    let words = 1 + random.below(3);
    let mut word = || -> String { (0..10 + random.below(14)).map(|_| random.choose(&KEYS)).collect() };
    (0..words).map(|_| word()).collect::<Vec<_>>().join(" ")
}
