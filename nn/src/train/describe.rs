//! What a strategy is called, where it comes from, what it needs and which laws it keeps: as data.

use std::ops::RangeInclusive;

/// A strategy, described: tables, command lines and laws are derived from this.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Its name in tables and in errors.
    pub name: &'static str,
    /// Which kind of strategy it is; the folder of its file.
    pub family: Family,
    /// What it is for.
    pub role: Role,
    /// The article's term, if it is one of the article's techniques.
    pub article_term: Option<&'static str>,
    /// The paper it follows: authors, year, title; a baseline may have none.
    pub paper: Option<&'static str>,
    /// The chapter of the book that explains it; empty as long as it has none.
    pub chapter: &'static str,
    /// What must be given.
    pub needs: Needs,
    /// The laws it keeps beyond those that all keep.
    pub keeps: &'static [Property],
    /// Whether a comparison runs it without being asked.
    pub usual: bool,
}

impl Description {
    /// A strategy of this name and family, of no paper, that needs labels and keeps no special law.
    pub const fn new(name: &'static str, family: Family) -> Self {
        let (article_term, paper, chapter) = (None, None, "");
        let (role, needs) = (Role::Strategy, Needs::LABELS);
        Self { name, family, role, article_term, paper, chapter, needs, keeps: &[], usual: false }
    }
}

/// Which kind of strategy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the glossary's, one a folder")]
pub enum Family {
    Baseline,
    Parameter,
    Feature,
    Alignment,
    Instance,
    Structure,
    Sources,
    Shared,
    Connection,
    Hierarchy,
    Balance,
    Schedule,
}

/// What a strategy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the others are compared with.
    Baseline,
    /// It uses the knowledge of other tasks.
    Strategy,
    /// It shares all but the knowledge with the strategy of this name.
    Control(&'static str),
    /// It learns by something else than the given network: what that network is worth at all.
    Reference,
}

/// What a strategy must be given; a comparison passes over it where something is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// How many sources, or other tasks, it can use.
    pub sources: RangeInclusive<usize>,
    /// Whether labelled rows of the target are needed.
    pub labelled: bool,
    /// Whether unlabelled rows of the target are needed.
    pub unlabelled: bool,
    /// Which labels it can learn.
    pub labels: Kind,
}

/// Which labels a strategy can learn, each kind narrower than the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Classes or numbers.
    Any,
    /// Classes, any number of them.
    Classes,
    /// Two classes.
    TwoClasses,
}

impl Needs {
    /// Labelled rows of the target, and as many sources as there are.
    pub const LABELS: Self =
        Self { sources: 0..=usize::MAX, labelled: true, unlabelled: false, labels: Kind::Any };
    /// The same, with one source.
    pub const ONE_SOURCE: Self = Self { sources: 1..=1, ..Self::LABELS };

    /// What is needed by both: by parts that are put together.
    ///
    /// ```
    /// use nn::train::{Kind, Needs};
    /// let unlabelled = Needs { labelled: false, unlabelled: true, ..Needs::ONE_SOURCE };
    /// let both = unlabelled.and(&Needs { labels: Kind::Classes, ..Needs::LABELS });
    /// assert_eq!((both.sources, both.labels), (1..=1, Kind::Classes));
    /// assert!(both.labelled && both.unlabelled);
    /// ```
    pub fn and(&self, other: &Self) -> Self {
        let (a, b) = (&self.sources, &other.sources);
        Self {
            sources: *a.start().max(b.start())..=*a.end().min(b.end()),
            labelled: self.labelled || other.labelled,
            unlabelled: self.unlabelled || other.unlabelled,
            labels: self.labels.max(other.labels),
        }
    }

    /// The first need that is not met, as the end of a sentence; none if all are.
    ///
    /// `classes` is the number of the target's classes, `None` for numbers.
    pub fn unmet(
        &self,
        sources: usize,
        labelled: bool,
        unlabelled: bool,
        classes: Option<usize>,
    ) -> Option<String> {
        let (least, most) = (*self.sources.start(), *self.sources.end());
        if !self.sources.contains(&sources) {
            let wanted = match (least, most) {
                (_, usize::MAX) => format!("at least {least}"),
                (least, most) if least == most => most.to_string(),
                _ => format!("{least} to {most}"),
            };
            return Some(format!("needs {wanted} sources, not {sources}"));
        }
        if self.labelled && !labelled {
            return Some("needs labelled rows of the target".to_owned());
        }
        if self.unlabelled && !unlabelled {
            return Some("needs unlabelled rows of the target".to_owned());
        }
        match (self.labels, classes) {
            (Kind::Any, _) | (Kind::Classes, Some(_)) | (Kind::TwoClasses, Some(2)) => None,
            (Kind::Classes, None) => Some("learns classes, not numbers".to_owned()),
            (Kind::TwoClasses, None) => Some("learns two classes, not numbers".to_owned()),
            (Kind::TwoClasses, Some(found)) => Some(format!("learns two classes, not {found}")),
        }
    }
}

/// A law that some strategies keep and others cannot: declared here, checked by the law suite, and
/// shown false for those that do not declare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// Of the source it takes the architecture at most: another source changes nothing.
    IgnoresSources,
    /// Without a step it predicts what the source's network does, up to rounding.
    BeginsAsSource,
    /// Without a step it predicts what the baseline of its run does, up to rounding.
    BeginsAsBaseline,
    /// A single task is learnt, bit for bit, as if alone.
    OneTaskIsBaseline,
    /// Two tasks in another order learn the same, bit for bit.
    IgnoresOrder,
}
