//! Which exercises there are: one list, for the reader's stubs and for
//! the answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a check says: nothing, or a sentence that helps.
pub(crate) type Verdict = Result<(), String>;

/// An exercise.
pub(crate) struct Exercise {
    /// Its name, which is that of its stub, its check and its answer.
    #[allow(
        dead_code,
        reason = "the reader's stubs are known by number"
    )]
    pub(crate) name: &'static str,
    check: fn() -> Verdict,
}

/// The exercises of a chapter.
pub(crate) struct Chapter {
    /// The name of its files.
    pub(crate) name: &'static str,
    /// What one can do who has solved them.
    #[allow(dead_code, reason = "only a reader is told")]
    pub(crate) then: &'static str,
    /// The exercises, in the order of their numbers.
    pub(crate) exercises: &'static [Exercise],
}

impl Chapter {
    /// The exercises with their numbers: 3.1, 3.2 and so on.
    pub(crate) fn numbered(
        &self,
    ) -> impl Iterator<Item = (String, &Exercise)> {
        let chapter = self.name.trim_start_matches("chapter_");
        let chapter = chapter.trim_start_matches('0');
        let number = move |at: usize| format!("{chapter}.{}", at + 1);
        let all = self.exercises.iter().enumerate();
        all.map(move |(at, exercise)| (number(at), exercise))
    }
}

impl Exercise {
    /// One of the list.
    pub(crate) const fn new(
        name: &'static str,
        check: fn() -> Verdict,
    ) -> Self {
        Exercise { name, check }
    }

    /// What its check says; a panic is a sentence too.
    pub(crate) fn judge(&self) -> Verdict {
        judged(self.check)
    }
}

/// What a check says, or the panic that kept it from saying anything.
pub(crate) fn judged(check: impl FnOnce() -> Verdict) -> Verdict {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|panic| {
        let owned = panic.downcast_ref::<String>().cloned();
        let fixed = panic.downcast_ref::<&str>().map(|&s| s.to_owned());
        let words = owned.or(fixed).unwrap_or_default();
        Err(if words.starts_with("not yet implemented") {
            "not yet written".to_owned()
        } else {
            format!("it panics: {words}")
        })
    })
}

/// A chapter of the list.
macro_rules! chapter {
    ($of:ident, $chapter:ident, $then:literal, $($name:ident)*) => {
        crate::table::Chapter {
            name: stringify!($chapter),
            then: $then,
            exercises: &[$(crate::table::Exercise::new(
                stringify!($name),
                || crate::checks::$chapter::$name(crate::$of::$chapter::$name),
            )),*],
        }
    };
}

/// The list, solved by the functions of one module.
macro_rules! chapters {
    ($of:ident) => {
        &[
            chapter!(
                $of, chapter_01,
                "You can plan a comparison: how many seeds, which rows, \
                 what pairing is worth, and when a row may be called.",
                paired_error worth_of_pairing seeds_needed draw holm
            ),
            chapter!(
                $of, chapter_02,
                "You can build a tape for single numbers, from the \
                 operations to the sweep, and train by it.",
                divide backward active edges neuron_step
            ),
            chapter!(
                $of, chapter_03,
                "You can derive a pullback from the small change of the \
                 result, write it down, and know whether it is right.",
                exp_times scatter softmax_pullback root_or_zero normalise
            ),
            chapter!(
                $of, chapter_04,
                "You can say what a sweep costs and what it cannot give, \
                 and check any gradient by differences at the right step.",
                best_step fourth_order slopes jacobian hessian_times
            ),
            chapter!(
                $of, chapter_05,
                "You can train a network from its start to its last step, \
                 and say what momentum, decay and a bad start do to it.",
                cross_entropy deviation gain descend ever_moves
            ),
            chapter!(
                $of, chapter_06,
                "You can say before a training whether a source can help, \
                 and take over exactly the weights that you mean.",
                nearest risk turning_cosine best_ratio keep_trunk
            ),
            chapter!(
                $of, chapter_07,
                "You can freeze what is to stay, prove that it did, and \
                 say at how many rows it should be let go.",
                silent drift train_head head_on_features turning_rows
            ),
            chapter!(
                $of, chapter_08,
                "You can make one architecture of another so that the \
                 function stays, and say what stays with it.",
                copies widened speeds deeper shares
            ),
            chapter!(
                $of, chapter_09,
                "You can train several tasks on one trunk, and say how \
                 wide it must be and what to do where they conflict.",
                joint_loss remaining width without_conflict as_if_pooled
                shifted keeps
            ),
            chapter!(
                $of, chapter_10,
                "You can connect columns by mixtures of any shape, and say \
                 what their gradient sees and what it does not.",
                mixed mixing_bar first_mixture mixed_by_unit chosen
            ),
            chapter!(
                $of, chapter_11,
                "You can put one task inside the network of another, and \
                 say which loss moves what.",
                embedded lower_bar without_gradient told
            ),
            chapter!(
                $of, chapter_12,
                "You can read a table of strategies, and add one of your \
                 own to it.",
                way neighbour told_apart shrunk head_first
            ),
            chapter!(
                $of, chapter_13,
                "You can split work between threads so that their number \
                 changes no bit.",
                three cut in_pieces total
            ),
        ]
    };
}
