//! The three wikis, and what happens on them next.

use std::collections::VecDeque;
use std::sync::Arc;

use super::attacks::{self, Scene};
use super::label::Label;
use super::people::Person;
use super::wiki::{Act, Actor, START, Wiki, page_bytes};
use super::work::Work;
use super::{SampleEdit, calendar, prose, work};
use crate::random::Random;

/// Mean seconds between two edits of the farm by day; at night it is three times as long.
const GAP_SECONDS: usize = 75;
/// An attack that will be undone.
struct Pending {
    due: u64,
    wiki: usize,
    page: usize,
    vandal: String,
    text: Arc<str>,
    title: String,
    last_good: String,
}

/// The farm at a moment of the stream.
pub(crate) struct Farm {
    random: Random,
    now: u64,
    done: u64,
    wikis: [Wiki; 3],
    pending: VecDeque<Pending>,
}

impl Farm {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let english = ["", "Talk:", "User:", "User talk:"];
        let german = ["", "Diskussion:", "Benutzer:", "Benutzer Diskussion:"];
        let arabic = ["", "نقاش:", "مستخدم:", "نقاش المستخدم:"];
        let wikis = [
            Wiki::new(&mut random, "examplewiki", ["en", "fr", "es", "el"], english),
            Wiki::new(&mut random, "beispielwiki", ["de", "ru", "zh", "ja"], german),
            Wiki::new(&mut random, "mithalwiki", ["ar", "he", "hi", "en"], arabic),
        ];
        Self { random, now: START, done: 0, wikis, pending: VecDeque::new() }
    }

    /// Lets somebody do something.
    pub(crate) fn next_edit(&mut self) -> SampleEdit {
        self.tick();
        if let Some(at) = self.pending.iter().position(|pending| pending.due <= self.done)
            && let Some(pending) = self.pending.remove(at)
        {
            return self.revert(pending);
        }
        let wiki = self.random.weighted(&[(50, 0), (30, 1), (20, 2)]);
        if self.wikis[wiki].burst.is_some() {
            return self.bot_edit(wiki);
        }
        loop {
            let found = match self.random.below(100) {
                0..15 => self.attack(wiki),
                15..18 => Some(self.bot_edit(wiki)),
                18..24 => Some(self.create(wiki)),
                24..32 => Some(self.discuss(wiki)),
                32..36 => Some(self.introduce(wiki)),
                36 => self.rename(wiki),
                _ => self.improve(wiki),
            };
            if let Some(edit) = found {
                return edit;
            }
        }
    }

    fn tick(&mut self) {
        self.done += 1;
        let hour = self.now / 3_600 % 24;
        let mean = if (1..6).contains(&hour) { 3 * GAP_SECONDS } else { GAP_SECONDS };
        self.now += self.random.below(2 * mean) as u64;
    }

    fn revert(&mut self, pending: Pending) -> SampleEdit {
        let wiki = &mut self.wikis[pending.wiki];
        let person = self.random.below(wiki.people.len());
        let page = &mut wiki.pages[pending.page];
        page.attacked = false;
        let comment = match self.random.below(3) {
            0 => format!("Reverted edits by {} to the last version by {}", pending.vandal, pending.last_good),
            1 => format!("Undid the last change by [[Special:Contributions/{0}|{0}]]", pending.vandal),
            _ => "rv".to_string(),
        };
        let moved_to = (page.title != pending.title).then_some(pending.title);
        let act = Act {
            text: pending.text,
            moved_to,
            comment,
            minor: true,
            label: Label::Good,
            is_revert: true,
            reverted: false,
        };
        self.wikis[pending.wiki].record(pending.page, Actor::Regular(person), act, self.now)
    }

    fn attack(&mut self, at: usize) -> Option<SampleEdit> {
        let random = &mut self.random;
        let label = random.choose(&Label::ATTACKS);
        let wiki = &mut self.wikis[at];
        let ns = if label == Label::UserPageAttack { 2 } else { 0 };
        let page = wiki.pick_page(random, ns)?;
        // People who are not logged in cannot move pages.
        let moves = label == Label::PageMoveVandalism;
        let actor = if !moves && random.chance(60) {
            Actor::Anonymous(Person::anonymous(random))
        } else {
            Actor::Newcomer(wiki.newcomer(random, self.now))
        };
        let (text, comment, moved_to) = if moves {
            let title = format!("{} {}", attacks::silly_title(random), random.below(1_000));
            (Arc::clone(&wiki.pages[page].text), "lol".to_string(), Some(title))
        } else {
            let target = &wiki.pages[page];
            let attacker = wiki.person(&actor).name.as_str();
            let scene = Scene { language: target.language, subject: &target.subject, text: &target.text, attacker };
            let attack = attacks::attack(random, label, scene)?;
            (attack.text.into(), attack.comment, None)
        };
        if moved_to.is_none() && *text == *wiki.pages[page].text {
            return None;
        }
        let reverted = random.chance(88) || moved_to.is_some();
        if reverted {
            let target = &mut wiki.pages[page];
            target.attacked = true;
            self.pending.push_back(Pending {
                due: self.done + 1 + random.below(9) as u64,
                wiki: at,
                page,
                vandal: wiki.person(&actor).name.clone(),
                text: Arc::clone(&wiki.pages[page].text),
                title: wiki.pages[page].title.clone(),
                last_good: wiki.pages[page].recent.front().cloned().unwrap_or_default(),
            });
        }
        let act = Act { text, moved_to, comment, minor: false, label, is_revert: false, reverted };
        Some(wiki.record(page, actor, act, self.now))
    }

    fn improve(&mut self, at: usize) -> Option<SampleEdit> {
        let wiki = &mut self.wikis[at];
        let page = wiki.pick_page(&mut self.random, 0)?;
        let actor = wiki.author(&mut self.random, self.now);
        let target = &wiki.pages[page];
        let work = work::improve(&mut self.random, target.language, &target.subject, &target.text);
        (work.text != *target.text).then(|| wiki.record(page, actor, Act::good(work), self.now))
    }

    fn bot_edit(&mut self, at: usize) -> SampleEdit {
        let wiki = &mut self.wikis[at];
        let bots = wiki.people.iter().filter(|person| person.is_bot()).count();
        let (bot, left) = wiki.burst.take().unwrap_or((self.random.below(bots), 2 + self.random.below(12)));
        wiki.burst = (left > 1).then_some((bot, left - 1));
        match wiki.pick_page(&mut self.random, 0) {
            Some(page) => {
                let work = work::tidy(&mut self.random, &wiki.pages[page].text);
                wiki.record(page, Actor::Regular(bot), Act::good(work), self.now)
            }
            None => self.create(at),
        }
    }

    fn create(&mut self, at: usize) -> SampleEdit {
        let wiki = &mut self.wikis[at];
        let language = wiki.pick_language(&mut self.random);
        let subject = wiki.free_subject(&mut self.random, language);
        let actor = wiki.registered_author(&mut self.random, self.now);
        let (text, comment) = if self.random.chance(15) {
            (format!("#REDIRECT [[{}]]", prose::place(&mut self.random, language)), "redirect from another spelling")
        } else {
            let bytes = page_bytes(&mut self.random).min(9_000);
            (prose::page(&mut self.random, language, &subject, bytes), self.random.word(language.summaries))
        };
        let comment = comment.to_string();
        let page = wiki.add_page(0, subject.clone(), subject, language);
        wiki.record(page, actor, Act::good(Work { text, comment, minor: false }), self.now)
    }

    fn discuss(&mut self, at: usize) -> SampleEdit {
        let wiki = &mut self.wikis[at];
        let Some(article) = wiki.pick_page(&mut self.random, 0) else {
            return self.create(at);
        };
        let (language, subject) = (wiki.pages[article].language, wiki.pages[article].subject.clone());
        let title = format!("{}{subject}", wiki.prefixes[1]);
        let actor = wiki.author(&mut self.random, self.now);
        let page = wiki.page_or_new(1, &title, &subject, language);
        let name = wiki.person(&actor).name.clone();
        let stamp = calendar::stamp(self.now);
        let remark = prose::remark(&mut self.random, language, &subject, &name, &stamp);
        let text = format!("{}\n\n{remark}", wiki.pages[page].text).trim().to_string();
        let comment = if self.random.chance(30) { "re".to_string() } else { String::new() };
        wiki.record(page, actor, Act::good(Work { text, comment, minor: false }), self.now)
    }

    /// Somebody writes on their own user page.
    fn introduce(&mut self, at: usize) -> SampleEdit {
        let wiki = &mut self.wikis[at];
        let actor = wiki.registered_author(&mut self.random, self.now);
        let name = wiki.person(&actor).name.clone();
        let language = wiki.languages[0];
        let title = format!("{}{name}", wiki.prefixes[2]);
        let page = wiki.page_or_new(2, &title, &name, language);
        if wiki.pages[page].attacked {
            return self.create(at);
        }
        let line = format!("* {} [[{}]] ({})", language.code, prose::place(&mut self.random, language), self.done);
        let text = format!("{}\n{line}", wiki.pages[page].text).trim().to_string();
        wiki.record(page, actor, Act::good(Work { text, comment: String::new(), minor: false }), self.now)
    }

    /// A regular moves a page to a better title.
    fn rename(&mut self, at: usize) -> Option<SampleEdit> {
        let wiki = &mut self.wikis[at];
        let page = wiki.pick_page(&mut self.random, 0)?;
        let person = self.random.below(wiki.people.len());
        let subject = wiki.free_subject(&mut self.random, wiki.pages[page].language);
        let text = Arc::clone(&wiki.pages[page].text);
        let act = Act {
            text,
            moved_to: Some(subject),
            comment: "official spelling".to_string(),
            minor: false,
            label: Label::Good,
            is_revert: false,
            reverted: false,
        };
        Some(wiki.record(page, Actor::Regular(person), act, self.now))
    }
}
