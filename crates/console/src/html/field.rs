//! Fields of forms.

use maud::{Markup, html};

/// A field of one line, or the common part of others.
#[derive(Debug, Clone, Default)]
pub struct Field<'a> {
    /// Its name, which is also its id.
    pub name: &'a str,
    /// What it is for.
    pub label: &'a str,
    /// What it holds.
    pub value: &'a str,
    /// More about it, under it.
    pub help: Option<String>,
    /// What is wrong with it.
    pub wrong: Option<String>,
    /// `text` if nothing is said.
    pub kind: Option<&'a str>,
    /// For browsers that fill in: `username`, `current-password`, …
    pub autocomplete: Option<&'a str>,
    /// Whether it must not be empty.
    pub is_required: bool,
    /// Most letters.
    pub letters_max: Option<u32>,
    /// Whether what it holds is code or a name, written from left to right and never corrected.
    pub is_code: bool,
}

impl Field<'_> {
    fn described_by(&self) -> Option<String> {
        let parts = [
            self.help.as_ref().map(|_| format!("{}-help", self.name)),
            self.wrong.as_ref().map(|_| format!("{}-wrong", self.name)),
        ];
        let ids: Vec<String> = parts.into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn around(&self, input: &Markup) -> Markup {
        html! {
            div.cdx-field {
                div.cdx-label {
                    label.cdx-label__label for=(self.name) { span.cdx-label__label__text { (self.label) } }
                    @if let Some(help) = &self.help { span.cdx-label__description id=(format!("{}-help", self.name)) { (help) } }
                }
                div.cdx-field__control { (input) }
                @if let Some(wrong) = &self.wrong {
                    div.cdx-field__validation-message {
                        div.cdx-message.cdx-message--inline.cdx-message--error id=(format!("{}-wrong", self.name)) role="alert" {
                            span.cdx-message__icon {}
                            div.cdx-message__content { (super::with_code(wrong)) }
                        }
                    }
                }
            }
        }
    }
}

/// A field of one line.
pub fn text_field(field: &Field<'_>) -> Markup {
    let class = if field.wrong.is_some() { "cdx-text-input--status-error" } else { "cdx-text-input--status-default" };
    field.around(&html! {
        div.cdx-text-input.(class) {
            input.cdx-text-input__input id=(field.name) name=(field.name) value=(field.value)
                type=(field.kind.unwrap_or("text")) autocomplete=[field.autocomplete] required[field.is_required]
                maxlength=[field.letters_max] aria-describedby=[field.described_by()]
                aria-invalid=[field.wrong.as_ref().map(|_| "true")]
                dir=[field.is_code.then_some("ltr")] spellcheck=[field.is_code.then_some("false")]
                autocapitalize=[field.is_code.then_some("none")];
        }
    })
}

/// A field of several lines.
pub fn text_area(field: &Field<'_>, rows: u32) -> Markup {
    let class = if field.wrong.is_some() { "cdx-text-area--status-error" } else { "cdx-text-area--status-default" };
    field.around(&html! {
        div.cdx-text-area.(class) {
            // A newline that begins a text is dropped by browsers, one before it is not the text's.
            textarea.cdx-text-area__textarea id=(field.name) name=(field.name) rows=(rows) required[field.is_required]
                maxlength=[field.letters_max] aria-describedby=[field.described_by()]
                aria-invalid=[field.wrong.as_ref().map(|_| "true")]
                dir=(if field.is_code { "ltr" } else { "auto" }) spellcheck=[field.is_code.then_some("false")] { "\n" (field.value) }
        }
    })
}

/// One of the values of a [`select`].
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A field with given values.
pub fn select(field: &Field<'_>, choices: &[Choice]) -> Markup {
    field.around(&html! {
        select.cdx-select id=(field.name) name=(field.name) aria-describedby=[field.described_by()]
            aria-invalid=[field.wrong.as_ref().map(|_| "true")] {
            @for choice in choices {
                option value=(choice.value) selected[choice.value == field.value] { (choice.label) }
            }
        }
    })
}

/// A box to tick. Its id is its name and value, so that several may have one name.
pub fn checkbox(name: &str, value: &str, label: &Markup, is_ticked: bool) -> Markup {
    let id = format!("{name}-{value}");
    html! {
        div.cdx-checkbox {
            div.cdx-checkbox__wrapper {
                input.cdx-checkbox__input type="checkbox" id=(id) name=(name) value=(value) checked[is_ticked];
                span.cdx-checkbox__icon {}
                div.cdx-checkbox__label.cdx-label { label.cdx-label__label for=(id) { span.cdx-label__label__text { (label) } } }
            }
        }
    }
}

/// Fields that a form carries along unseen.
pub fn hidden_fields(prefix: &str, fields: &[(String, String)]) -> Markup {
    html! {
        @for (name, value) in fields {
            // A text area keeps line ends and the newline that a text begins with; a hidden input would not.
            textarea hidden name=(format!("{prefix}{name}")) { "\n" (value) }
        }
    }
}
