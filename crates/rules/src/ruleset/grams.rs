//! Which pieces of three bytes a text has: enough to tell that most of what rules look for in it is not there.
//!
//! A pattern often cannot match without some literals. One pass over a text notes its pieces in a table; a literal with a
//! piece that is not noted does not occur. All ways in which the rules' questions about the text could be answered by yes
//! are looked up once, and those that are there leave their questions *open*; the answer to all others is no, and their
//! tests are marked as decided in one go. Pieces are noted by the lowest five bits of each byte, so that the same table
//! serves searches with and without case. What stays open is searched for.

use super::RuleSet;
use super::foresee::Origin;
use super::graph::{Expr, ExprId, Graph};
use super::leaf::{Leaf, Way};
use super::pieces::{Noted, SHORT_BYTES_MAX, holds_folding};
use super::states::States;
use super::ways::Ways;
use crate::regex::Needs;
use crate::syntax::tree::MatchOp;
use crate::text::signs::{NeededSigns, Signs};
use crate::value::{Encoding, Text, Value};
use crate::vocabulary::functions::FunctionId;
use rustc_hash::FxHashMap;

/// Fewest questions about one text in a rule set for which pieces are noted.
const QUESTIONS_MIN: usize = 4;

/// Actions for which a text counts as asked about often once it was: how often it is cannot be told while it does.
const TRUSTED: u32 = 32;

/// A question about a text: whether it may hold one of some literals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    /// Number of the text.
    pub(super) topic: u32,
    /// Number of the question.
    number: u32,
}

/// A text that is asked about, and what about it.
#[derive(Debug)]
pub(super) struct Topic {
    /// The string form of what is searched.
    pub(super) text: ExprId,
    pub(super) ways: Ways,
    pub(super) origin: Option<Origin>,
    /// Questions that say nothing about texts with letters that fold to `k` or `s`.
    folding: Box<[u32]>,
    /// Questions that say nothing about texts that are not UTF-8.
    utf8_only: Box<[u32]>,
    /// Its tests, which are the first of its questions too.
    leaves: std::ops::Range<usize>,
    /// Number of its first question.
    pub(super) first: usize,
    /// How many there are.
    len: usize,
    /// Whether its literals were mapped by the built-in table of look-alikes, and say nothing of texts mapped by another.
    pub(super) is_normal: bool,
}

/// All that is asked about texts in a rule set.
#[derive(Debug, Default)]
pub(super) struct Questions {
    pub(super) topics: Vec<Topic>,
    /// Number of questions.
    len: usize,
    /// By expression: the question of a call.
    calls: Vec<Option<Ask>>,
}

/// What is known of one text of the present action.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Progress {
    epoch: u32,
    asked: u32,
    /// For how many actions its pieces are noted when it is first asked about, as it was asked about often before.
    trusted: u32,
    /// Whether its questions are answered.
    pub(super) is_noted: bool,
    /// Whether they were answered before it was made, and so many stay open that it pays to answer them again from itself.
    pub(super) is_rough: bool,
}

/// What a thread knows of the texts of the present action.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// By topic.
    pub(super) progress: Vec<Progress>,
    /// By question: the action for which it is open.
    pub(super) open: Vec<u32>,
    pub(super) short: Noted,
    /// Of texts that are dear to note: what others are alike.
    pub(super) long: Noted,
    /// The ways that one text leaves open.
    listed: Vec<u32>,
}

/// What one expression asks, before it has a number.
struct Draft {
    text: ExprId,
    ways: Box<[Signs]>,
    folds: bool,
    needs_utf8: bool,
}

impl Questions {
    /// The questions of a rule set, and the numbers of the tests in the order in which they are to stand: those that ask
    /// about the same text side by side. `leaves` are in the order before.
    pub(super) fn new(graph: &mut Graph, leaves: &mut [Leaf]) -> (Self, Vec<usize>) {
        let ids: Vec<ExprId> = graph.ids().collect();
        let mut asking = Asking::default();
        for (number, leaf) in leaves.iter().enumerate() {
            if !leaf.is_plain
                && matches!(leaf.way, Way::Find { .. })
                && let Some(draft) = draft(graph, leaf.expr)
            {
                asking.about(draft.text).tests.push((number, draft));
            }
        }
        for id in &ids {
            if matches!(graph.node(*id).expr, Expr::Call(..))
                && let Some(draft) = draft(graph, *id)
            {
                asking.about(draft.text).calls.push((*id, draft));
            }
        }
        let mut questions = Self { calls: vec![None; graph.len()], ..Self::default() };
        let mut order = Vec::with_capacity(leaves.len());
        for Asked { text, tests, calls } in asking.texts {
            if tests.len() + calls.len() < QUESTIONS_MIN {
                continue;
            }
            let number = u32::try_from(questions.topics.len()).unwrap_or(u32::MAX);
            let (first, start) = (questions.len, order.len());
            let ask = |place: usize| Ask { topic: number, number: u32::try_from(first + place).unwrap_or(u32::MAX) };
            let mut drafts = Vec::with_capacity(tests.len() + calls.len());
            for (leaf, draft) in tests {
                if let Some(leaf) = leaves.get_mut(leaf) {
                    leaf.ask = Some(ask(drafts.len()));
                }
                order.push(leaf);
                drafts.push(draft);
            }
            for (id, draft) in calls {
                if let Some(place) = questions.calls.get_mut(id.index()) {
                    *place = Some(ask(drafts.len()));
                }
                drafts.push(draft);
            }
            questions.len += drafts.len();
            let is_normal = matches!(graph.node(text).expr, Expr::Normal(_));
            let origin = Origin::of(graph, text);
            questions.topics.push(Topic::new(text, origin, is_normal, &drafts, first, start..order.len()));
        }
        order.extend((0..leaves.len()).filter(|number| leaves.get(*number).is_some_and(|leaf| leaf.ask.is_none())));
        for leaf in leaves {
            leaf.prepare_call(graph, &questions);
        }
        (questions, order)
    }

    /// What a call asks.
    pub(super) fn of_call(&self, call: ExprId) -> Option<Ask> {
        self.calls.get(call.index()).copied().flatten()
    }

    /// The text that is asked about.
    pub(super) fn text(&self, ask: Ask) -> Option<ExprId> {
        self.topics.get(ask.topic as usize).map(|topic| topic.text)
    }

    pub(super) fn topic(&self, ask: Ask) -> Option<&Topic> {
        self.topics.get(ask.topic as usize)
    }

    /// What the text that is asked about was made from, character by character.
    pub(super) fn origin(&self, ask: Ask) -> Option<&Origin> {
        self.topics.get(ask.topic as usize)?.origin.as_ref()
    }
}

/// Who asks about which text.
#[derive(Default)]
struct Asking {
    texts: Vec<Asked>,
    places: FxHashMap<ExprId, usize>,
}

struct Asked {
    text: ExprId,
    tests: Vec<(usize, Draft)>,
    calls: Vec<(ExprId, Draft)>,
}

impl Asking {
    fn about(&mut self, text: ExprId) -> &mut Asked {
        let next = self.texts.len();
        let place = *self.places.entry(text).or_insert(next);
        if place == next {
            self.texts.push(Asked { text, tests: Vec::new(), calls: Vec::new() });
        }
        &mut self.texts[place]
    }
}

impl Topic {
    fn new(
        text: ExprId,
        origin: Option<Origin>,
        is_normal: bool,
        drafts: &[Draft],
        first: usize,
        leaves: std::ops::Range<usize>,
    ) -> Self {
        let numbered = || drafts.iter().zip(0_u32..);
        Self {
            text,
            origin,
            ways: Ways::new(drafts.iter().map(|draft| &*draft.ways)),
            folding: numbered().filter(|(draft, _)| draft.folds).map(|(_, number)| number).collect(),
            utf8_only: numbered().filter(|(draft, _)| draft.needs_utf8).map(|(_, number)| number).collect(),
            leaves,
            first,
            len: drafts.len(),
            is_normal,
        }
    }

    /// Its questions among all.
    fn questions(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.len
    }

    /// How many questions about a text of so many bytes are answered one by one before its pieces are noted: about what
    /// that costs.
    fn asked_before(&self, bytes: usize) -> u32 {
        // In nanoseconds: noting and looking up; one search.
        let noting = 60 + bytes * 2 / 5 + self.ways.cost(bytes);
        u32::try_from(noting / (25 + bytes / 16)).unwrap_or(u32::MAX)
    }
}

impl Answers {
    pub(super) fn reset(&mut self, questions: &Questions) {
        self.progress = vec![Progress::default(); questions.topics.len()];
        self.open = vec![0; questions.len];
    }

    /// What is known of the text that a question is about.
    #[inline]
    fn of(&mut self, ask: Ask, epoch: u32) -> Option<&mut Progress> {
        let progress = self.progress.get_mut(ask.topic as usize)?;
        if progress.epoch != epoch {
            *progress = Progress { epoch, trusted: progress.trusted.saturating_sub(1), ..Progress::default() };
        }
        Some(progress)
    }
}

impl States {
    /// Whether `text`, that of the question's topic, is known to hold none of what the question is about.
    #[inline]
    pub(super) fn excludes(&mut self, set: &RuleSet, ask: Ask, text: &Text) -> bool {
        let Some(progress) = self.answers.of(ask, self.epoch) else { return false };
        progress.asked += 1;
        if !progress.is_noted {
            let Some(topic) = set.questions.topics.get(ask.topic as usize) else { return false };
            if progress.trusted == 0 {
                if progress.asked <= topic.asked_before(text.len()) {
                    return false;
                }
                progress.trusted = TRUSTED;
            }
            progress.is_noted = true;
            self.answer(set, topic, text);
        } else if std::mem::take(&mut progress.is_rough) {
            self.answer_again(set, ask, text);
        }
        self.answers.open.get(ask.number as usize).is_some_and(|open| *open != self.epoch)
    }

    /// Whether a question is open; nothing if those about its text are not answered yet.
    #[inline]
    pub(super) fn is_open(&mut self, ask: Ask) -> Option<bool> {
        let epoch = self.epoch;
        let is_noted = self.answers.of(ask, epoch)?.is_noted;
        is_noted.then(|| self.answers.open.get(ask.number as usize).is_none_or(|open| *open == epoch))
    }

    /// Answers all questions about a text; those that stay open are marked as such, the tests of the others as decided.
    #[inline(never)]
    fn answer(&mut self, set: &RuleSet, topic: &Topic, text: &Text) {
        let epoch = self.epoch;
        let Answers { open, short, long, listed, .. } = &mut self.answers;
        let Some(open) = open.get_mut(topic.first..) else { return };
        let mut leave_open = |questions: &[u32]| leave_open(open, questions, epoch);
        let noted = if text.len() > SHORT_BYTES_MAX { long } else { short };
        let base = (text.encoding() == Encoding::Ascii).then(|| (base(&set.graph, topic.text), epoch));
        noted.note_once(text.bytes(), base);
        noted.note_bytes(topic.ways.bytes(), text.bytes());
        topic.ways.list_open(text.bytes(), noted, listed);
        for way in listed.iter().filter_map(|way| topic.ways.way(*way)) {
            leave_open(&way.questions);
        }
        match text.encoding() {
            Encoding::Ascii => {}
            Encoding::Utf8 if !holds_folding(text.bytes()) => {}
            Encoding::Utf8 => leave_open(&topic.folding),
            Encoding::Other => {
                leave_open(&topic.utf8_only);
                leave_open(&topic.folding);
            }
        }
        self.decide_tests(set, topic);
    }

    /// Answers the questions about a text from itself that were answered from what it is made from.
    #[inline(never)]
    fn answer_again(&mut self, set: &RuleSet, ask: Ask, text: &Text) {
        let Some(topic) = set.questions.topic(ask) else { return };
        if let Some(open) = self.answers.open.get_mut(topic.questions()) {
            open.fill(0);
        }
        self.answer(set, topic, text);
    }

    /// Marks the tests of all questions about a text that are not open as decided.
    pub(super) fn decide_tests(&mut self, set: &RuleSet, topic: &Topic) {
        let epoch = self.epoch;
        let calls = &set.graph.node(topic.text).calls;
        let key = if calls.is_empty() { epoch } else { self.stamp };
        // What costs more until its calls are made is left to each test.
        if !calls.iter().all(|call| self.is_made(*call)) {
            return;
        }
        let open = self.answers.open.get(topic.first..).unwrap_or_default();
        if let Some(marks) = self.marks.get_mut(topic.leaves.clone()) {
            for (mark, open) in marks.iter_mut().zip(open) {
                *mark = if *open == epoch { *mark } else { key << 1 };
            }
        }
    }
}

/// Notes that questions about a text are open.
pub(super) fn leave_open(open: &mut [u32], questions: &[u32], epoch: u32) {
    for question in questions {
        if let Some(open) = open.get_mut(*question as usize) {
            *open = epoch;
        }
    }
}

/// What a text was made from by changing the case of letters.
fn base(graph: &Graph, mut id: ExprId) -> ExprId {
    loop {
        id = match &graph.node(id).expr {
            Expr::Text(inner) | Expr::Known(inner) => *inner,
            Expr::Call(FunctionId::Lcase | FunctionId::Ucase, operands) => match **operands {
                [operand] => operand,
                _ => return id,
            },
            _ => return id,
        }
    }
}

fn draft(graph: &mut Graph, id: ExprId) -> Option<Draft> {
    let node = graph.node(id);
    let literal = |id: ExprId| match graph.constant_of(id) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text.bytes().to_vec()),
        _ => None,
    };
    let exactly =
        |literals: Vec<Vec<u8>>| Needs { ways: literals.into_iter().map(|text| vec![text]).collect(), folds: false };
    let all = |literals: Vec<Vec<u8>>| Needs { ways: vec![literals], folds: false };
    // The signs of a pattern are found once, by the first rule set that has it.
    let pattern = || node.pattern.as_ref()?.needed_signs();
    let needs_utf8 = !matches!(&node.expr, Expr::Match(MatchOp::In | MatchOp::Contains, ..));
    let of_pattern = match &node.expr {
        Expr::Match(MatchOp::In | MatchOp::Contains, ..) => None,
        Expr::Match(_, text, _) => Some((*text, pattern()?)),
        Expr::Call(FunctionId::Rcount, operands) => match **operands {
            [_, text] => Some((text, pattern()?)),
            _ => return None,
        },
        _ => None,
    };
    if let Some((searched, NeededSigns { ways, folds })) = of_pattern {
        let (ways, folds) = (ways.clone(), *folds);
        return Some(Draft { text: graph.text(searched)?, ways, folds, needs_utf8 });
    }
    let (searched, needs) = match &node.expr {
        Expr::Match(MatchOp::In, needle, text) | Expr::Match(MatchOp::Contains, text, needle) => {
            (*text, exactly(vec![literal(*needle)?]))
        }
        Expr::Call(FunctionId::ContainsAny, operands) => {
            let (text, needles) = operands.split_first()?;
            (*text, exactly(needles.iter().map(|needle| literal(*needle)).collect::<Option<Vec<_>>>()?))
        }
        Expr::Call(FunctionId::ContainsAll, operands) => {
            let (text, needles) = operands.split_first()?;
            (*text, all(needles.iter().map(|needle| literal(*needle)).collect::<Option<Vec<_>>>()?))
        }
        Expr::Call(FunctionId::CcnormContainsAny, _) => {
            let normal = node.normal.as_ref()?;
            (normal.haystack, exactly(normal.all_needles()?))
        }
        Expr::Call(FunctionId::CcnormContainsAll, _) => {
            let normal = node.normal.as_ref()?;
            (normal.haystack, all(normal.all_needles()?))
        }
        Expr::Call(function, operands) => match (function, &**operands) {
            (FunctionId::Count, [needle, text]) | (FunctionId::Strpos, [text, needle]) => {
                (*text, exactly(vec![literal(*needle)?]))
            }
            _ => return None,
        },
        _ => return None,
    };
    let NeededSigns { ways, folds } = NeededSigns::of(&needs.ways, needs.folds)?;
    let text = graph.text(searched)?;
    Some(Draft { text, ways, folds, needs_utf8 })
}
