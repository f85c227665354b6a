//! The tree of a rule.
//!
//! Nodes lie in one vector, children before their parents, and name each other by index: a tree of any shape is built,
//! walked and dropped without recursion.

use crate::error::Span;

/// Index of a node in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The index as a number, for tables beside the tree.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a lower-cased name in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NameId(pub(crate) u32);

/// A constant as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// A string, escapes resolved.
    Str(Vec<u8>),
}

/// `& | ^`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogicOp {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// Comparison operators; `=` is [`CompareOp::Equal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==` or `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `===`
    Identical,
    /// `!==`
    NotIdentical,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl CompareOp {
    /// Whether it compares for equality, not for order.
    pub fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual | Self::Identical | Self::NotIdentical)
    }
}

/// Arithmetic operators of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    /// `+`: sum, or concatenation of strings or arrays
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `**`
    Power,
}

/// Keyword operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `in`: the right string contains the left one
    In,
    /// `contains`: the left string contains the right one
    Contains,
    /// `like`, `matches`: glob
    Like,
    /// `rlike`, `regex`: regular expression
    Rlike,
    /// `irlike`: regular expression, case-insensitive
    Irlike,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// Statements; the value is the last one's. Children: two or more.
    Block,
    /// Brackets as written. Child: what is inside.
    Group,
    /// `name := value`. Child: the value.
    Assign(NameId),
    /// `name[] := value`. Child: the value.
    Append(NameId),
    /// `name[index] := value`. Children: index, value.
    SetElement(NameId),
    /// `if … then … else … end` or `… ? … : …`. Children: condition, then, and perhaps else.
    Conditional,
    /// Children: left, right.
    Logic(LogicOp),
    /// Children: left, right.
    Compare(CompareOp),
    /// Children: left, right.
    Arithmetic(ArithmeticOp),
    /// Children: left, right.
    Match(MatchOp),
    /// `!x`
    Not,
    /// `-x`
    Negate,
    /// `+x`
    Plus,
    /// `array[index]`. Children: array, index.
    Index,
    /// A function call. Children: the arguments.
    Call(NameId),
    /// A variable.
    Name(NameId),
    /// A constant: index into [`Tree::literals`].
    Literal(u32),
    /// `[a, b]`. Children: the elements.
    Array,
}

/// A node.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The byte offset that errors of this node report: the end of the operator, keyword, function name, `[` or `:=`;
    /// of variables and literals the end of the token before.
    pub at: u32,
    /// The text it covers, without surrounding white space.
    pub span: Span,
    children: (u32, u32),
}

/// A parsed rule.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    children: Vec<NodeId>,
    names: Vec<Box<str>>,
    literals: Vec<Literal>,
    pub(crate) root: Option<NodeId>,
    /// Where comments stand.
    pub comments: Vec<Span>,
}

/// A step of [`Tree::walk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Before the node's children.
    Enter(NodeId),
    /// Before the node's child of this number.
    Child(NodeId, usize),
    /// After the node's children.
    Leave(NodeId),
}

impl Tree {
    /// The node of the whole rule; none if the rule is empty.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// All nodes, children before parents.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the rule is empty.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node `id` of this tree.
    #[expect(clippy::indexing_slicing, reason = "a NodeId is only made by push() of the same tree")]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The children of `id`, in order of the text.
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        let (start, end) = self.node(id).children;
        self.children.get(start as usize..end as usize).unwrap_or_default()
    }

    /// A lower-cased name.
    pub fn name(&self, id: NameId) -> &str {
        self.names.get(id.0 as usize).map_or("", AsRef::as_ref)
    }

    /// All names, lower-cased, each once.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// The constants.
    pub fn literals(&self) -> &[Literal] {
        &self.literals
    }

    /// The constant that `id` is, brackets taken off; none if it is something else.
    pub fn literal(&self, id: NodeId) -> Option<&Literal> {
        match self.node(self.bare(id)).kind {
            NodeKind::Literal(index) => self.literals.get(index as usize),
            _ => None,
        }
    }

    /// `id` without brackets around it.
    pub fn bare(&self, mut id: NodeId) -> NodeId {
        while let (NodeKind::Group, [inner]) = (self.node(id).kind, self.children(id)) {
            id = *inner;
        }
        id
    }

    /// Walks below `from` in order of the text, without recursion.
    pub fn walk(&self, from: NodeId) -> Walk<'_> {
        Walk { tree: self, stack: vec![(from, 0)], entering: true }
    }

    #[expect(clippy::cast_possible_truncation, reason = "fewer nodes than bytes, and those are bounded")]
    pub(crate) fn push(&mut self, kind: NodeKind, at: u32, span: Span, children: &[NodeId]) -> NodeId {
        let start = self.children.len() as u32;
        self.children.extend_from_slice(children);
        self.nodes.push(Node { kind, at, span, children: (start, self.children.len() as u32) });
        NodeId(self.nodes.len() as u32 - 1)
    }

    #[expect(clippy::cast_possible_truncation, reason = "fewer literals than bytes, and those are bounded")]
    pub(crate) fn push_literal(&mut self, literal: Literal) -> u32 {
        self.literals.push(literal);
        self.literals.len() as u32 - 1
    }

    #[expect(clippy::cast_possible_truncation, reason = "fewer names than bytes, and those are bounded")]
    pub(crate) fn push_name(&mut self, name: Box<str>) -> NameId {
        self.names.push(name);
        NameId(self.names.len() as u32 - 1)
    }
}

/// An iterator over the [`Step`]s of a walk.
pub struct Walk<'a> {
    tree: &'a Tree,
    /// Nodes that were entered and not left, and how many of their children were.
    stack: Vec<(NodeId, u32)>,
    entering: bool,
}

impl Walk<'_> {
    /// After [`Step::Enter`] or [`Step::Child`]: leaves out the (next) child.
    pub fn skip_child(&mut self) {
        if self.entering {
            // The child pushed by the last Step::Child has not been entered yet.
            self.stack.pop();
            self.entering = false;
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let (id, next) = self.stack.last_mut()?;
        let id = *id;
        if self.entering {
            self.entering = false;
            return Some(Step::Enter(id));
        }
        let number = *next as usize;
        if let Some(child) = self.tree.children(id).get(number) {
            *next += 1;
            self.stack.push((*child, 0));
            self.entering = true;
            return Some(Step::Child(id, number));
        }
        self.stack.pop();
        Some(Step::Leave(id))
    }
}
