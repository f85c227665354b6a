//! One wiki of the farm: its people, its pages, and how an act becomes a record.

use std::collections::VecDeque;
use std::sync::Arc;

use super::label::Label;
use super::languages::{Language, language};
use super::people::Person;
use super::work::Work;
use super::{SampleEdit, prose};
use crate::random::Random;

/// When the stream begins: Monday, 2 March 2026, midnight UTC.
pub(crate) const START: u64 = 1_772_409_600;
/// Pages each wiki has when the stream begins.
const PAGES_AT_START: usize = 70;
/// Names kept as a page's recent contributors.
const RECENT_MAX: usize = 10;

/// A wiki at a moment of the stream.
pub(crate) struct Wiki {
    pub(crate) name: &'static str,
    /// The first one is the wiki's own.
    pub(crate) languages: [&'static Language; 4],
    /// Names of the namespaces 0 to 3, with colon.
    pub(crate) prefixes: [&'static str; 4],
    pub(crate) people: Vec<Person>,
    pub(crate) newcomers: Vec<Person>,
    pub(crate) pages: Vec<Page>,
    pub(crate) next_page: u64,
    pub(crate) next_rev: u64,
    pub(crate) next_user: u64,
    /// Index of a bot that is working through pages, and how many it has left.
    pub(crate) burst: Option<(usize, usize)>,
}

pub(crate) struct Page {
    pub(crate) id: u64,
    pub(crate) ns: u8,
    pub(crate) title: String,
    pub(crate) subject: String,
    pub(crate) language: &'static Language,
    pub(crate) text: Arc<str>,
    pub(crate) rev: u64,
    pub(crate) created_at: u64,
    pub(crate) creator: String,
    pub(crate) recent: VecDeque<String>,
    /// An attack on it waits to be undone; nobody else touches it until then.
    pub(crate) attacked: bool,
}

/// What an act changes, before it becomes a record.
pub(crate) struct Act {
    pub(crate) text: Arc<str>,
    pub(crate) moved_to: Option<String>,
    pub(crate) comment: String,
    pub(crate) minor: bool,
    pub(crate) label: Label,
    pub(crate) is_revert: bool,
    pub(crate) reverted: bool,
}

impl Act {
    pub(crate) fn good(work: Work) -> Self {
        Self {
            text: work.text.into(),
            moved_to: None,
            comment: work.comment,
            minor: work.minor,
            label: Label::Good,
            is_revert: false,
            reverted: false,
        }
    }
}

/// Who acts: an index into the wiki's people or newcomers, or somebody who is not logged in.
pub(crate) enum Actor {
    Regular(usize),
    Newcomer(usize),
    Anonymous(Person),
}

impl Wiki {
    pub(crate) fn new(
        random: &mut Random,
        name: &'static str,
        languages: [&str; 4],
        prefixes: [&'static str; 4],
    ) -> Self {
        let mut people: Vec<Person> = (1..=2).map(|id| Person::bot(random, id, START)).collect();
        people.extend((3..=6).map(|id| Person::regular(random, id, START, &["sysop"])));
        people.extend((7..=30).map(|id| Person::regular(random, id, START, &[])));
        people.dedup_by(|a, b| a.name == b.name);
        let mut wiki = Self {
            name,
            languages: languages.map(language),
            prefixes,
            next_user: 31,
            people,
            newcomers: Vec::new(),
            pages: Vec::new(),
            next_page: 1,
            next_rev: 10_000,
            burst: None,
        };
        for _ in 0..PAGES_AT_START {
            let language = wiki.pick_language(random);
            let subject = wiki.free_subject(random, language);
            let bytes = page_bytes(random);
            let text = prose::page(random, language, &subject, bytes);
            let page = wiki.add_page(0, subject.clone(), subject, language);
            wiki.backdate(random, page, text);
        }
        for person in 0..8 {
            let name = wiki.people[person * 3 % wiki.people.len()].name.clone();
            let page = wiki.page_or_new(2, &format!("{}{name}", wiki.prefixes[2]), &name, wiki.languages[0]);
            let text = prose::paragraph(random, wiki.languages[0], &name, 3);
            wiki.backdate(random, page, text);
        }
        wiki
    }

    /// Gives a page of the first hour its text and its past.
    fn backdate(&mut self, random: &mut Random, page: usize, text: String) {
        let creator = self.people[random.below(self.people.len())].name.clone();
        let page = &mut self.pages[page];
        page.text = text.into();
        page.created_at = START - 3_600 * (1 + random.below(60_000) as u64);
        page.recent.push_front(creator.clone());
        page.creator = creator;
        page.rev = self.next_rev;
        self.next_rev += 1;
    }

    pub(crate) fn person<'a>(&'a self, actor: &'a Actor) -> &'a Person {
        match actor {
            Actor::Regular(at) => &self.people[*at],
            Actor::Newcomer(at) => &self.newcomers[*at],
            Actor::Anonymous(person) => person,
        }
    }

    pub(crate) fn author(&mut self, random: &mut Random, now: u64) -> Actor {
        if random.chance(18) {
            Actor::Anonymous(Person::anonymous(random))
        } else {
            self.registered_author(random, now)
        }
    }

    pub(crate) fn registered_author(&mut self, random: &mut Random, now: u64) -> Actor {
        if random.chance(14) {
            return Actor::Newcomer(self.newcomer(random, now));
        }
        // The people at the front of the list after the bots edit most.
        let people = self.people.len();
        Actor::Regular((2 + random.below(people).min(random.below(people))).min(people - 1))
    }

    pub(crate) fn newcomer(&mut self, random: &mut Random, now: u64) -> usize {
        if self.newcomers.is_empty() || random.chance(40) {
            self.newcomers.push(Person::newcomer(random, self.next_user, now));
            self.next_user += 1;
            return self.newcomers.len() - 1;
        }
        // Few newcomers stay for long.
        self.newcomers.len() - 1 - random.below(self.newcomers.len().min(6))
    }

    pub(crate) fn pick_language(&self, random: &mut Random) -> &'static Language {
        self.languages[random.weighted(&[(60, 0), (16, 1), (14, 2), (10, 3)])]
    }

    /// A page of the namespace that nobody is fighting over; the first pages are the popular ones.
    pub(crate) fn pick_page(&self, random: &mut Random, ns: u8) -> Option<usize> {
        for _ in 0..40 {
            let drawn = random.below(self.pages.len());
            let at = if random.chance(40) { drawn.min(random.below(self.pages.len())) } else { drawn };
            if self.pages[at].ns == ns && !self.pages[at].attacked {
                return Some(at);
            }
        }
        None
    }

    pub(crate) fn free_subject(&self, random: &mut Random, language: &Language) -> String {
        let name = prose::place(random, language);
        if !self.pages.iter().any(|page| page.title == name) {
            return name;
        }
        let number = random.between(2, 9_999);
        format!("{name} ({number})")
    }

    pub(crate) fn page_or_new(&mut self, ns: u8, title: &str, subject: &str, language: &'static Language) -> usize {
        let found = self.pages.iter().position(|page| page.title == title);
        found.unwrap_or_else(|| self.add_page(ns, title.to_string(), subject.to_string(), language))
    }

    pub(crate) fn add_page(&mut self, ns: u8, title: String, subject: String, language: &'static Language) -> usize {
        let id = self.next_page;
        self.next_page += 1;
        self.pages.push(Page {
            id,
            ns,
            title,
            subject,
            language,
            text: Arc::from(""),
            rev: 0,
            created_at: 0,
            creator: String::new(),
            recent: VecDeque::new(),
            attacked: false,
        });
        self.pages.len() - 1
    }

    /// Writes an act down and makes it the page's present.
    pub(crate) fn record(&mut self, at: usize, actor: Actor, act: Act, now: u64) -> SampleEdit {
        let person = match actor {
            Actor::Regular(at) => self.people[at].count_edit(),
            Actor::Newcomer(at) => self.newcomers[at].count_edit(),
            Actor::Anonymous(person) => person,
        };
        let rev = self.next_rev;
        self.next_rev += 1;
        let language = self.languages[0].code;
        let page = &mut self.pages[at];
        let created = page.rev == 0;
        let edit = SampleEdit {
            wiki: self.name,
            language,
            action: if act.moved_to.is_some() { "move" } else { "edit" },
            ns: page.ns,
            title: page.title.clone(),
            moved_to: act.moved_to,
            page_id: page.id,
            rev,
            parent: page.rev,
            timestamp: now,
            user: person.name.clone(),
            user_id: person.id,
            anon: person.is_anonymous(),
            minor: act.minor,
            bot: person.is_bot(),
            user_groups: person.effective_groups(now),
            user_editcount: (!person.is_anonymous()).then_some(person.edits),
            user_age: person.age(now),
            page_age: if created { 0 } else { now - page.created_at },
            page_first_contributor: page.creator.clone(),
            page_recent_contributors: page.recent.iter().cloned().collect(),
            comment: act.comment,
            old_wikitext: Arc::clone(&page.text),
            new_wikitext: Arc::clone(&act.text),
            is_revert: act.is_revert,
            reverted: act.reverted,
            label: act.label,
        };
        if created {
            page.created_at = now;
            page.creator.clone_from(&person.name);
        }
        page.recent.retain(|name| *name != person.name);
        page.recent.push_front(person.name);
        page.recent.truncate(RECENT_MAX);
        page.text = act.text;
        page.rev = rev;
        if let Some(title) = &edit.moved_to {
            page.title.clone_from(title);
        }
        edit
    }
}

/// Sizes of pages: most are small, few are very large.
pub(crate) fn page_bytes(random: &mut Random) -> usize {
    let (low, high) = random.weighted(&[
        (20, (200, 900)),
        (50, (900, 4_000)),
        (22, (4_000, 14_000)),
        (7, (14_000, 45_000)),
        (1, (60_000, 96_000)),
    ]);
    low + random.below(high - low)
}
