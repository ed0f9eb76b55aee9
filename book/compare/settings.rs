//! With which rate, for how many steps, with which decay each strategy is trained: what was chosen
//! on another problem, or the same for all.

use std::sync::LazyLock;

use nn::train::Recipe;
use serde::{Deserialize, Serialize};

/// Updates that see rows of the source, and updates that see rows of the target, of every strategy:
/// this many at most.
pub(crate) const STEPS: usize = 600;

/// Which settings a comparison trains with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Settings {
    /// Those that were best on the mirror problem, each strategy its own
    Chosen,
    /// The same for all: 600 steps at rate 0.05 without decay
    Default,
    /// The same for all, at a fifth of that rate: for squared errors, which are steeper than the
    /// cross-entropy
    #[value(skip)]
    Numbers,
}

/// How one row of the table is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Setting {
    pub(crate) rate: f64,
    pub(crate) steps: usize,
    pub(crate) weight_decay: f64,
    /// The value of the strategy's own knob, if it has one.
    pub(crate) knob: Option<f64>,
}

/// An option of some strategies, and the values that are tried.
pub(crate) struct Knob {
    pub(crate) name: &'static str,
    pub(crate) strategies: &'static [&'static str],
    /// Without a choice it is the first.
    pub(crate) values: [f64; 3],
    /// Whether it is an option of what is learnt from, not of the strategy.
    pub(crate) of_tables: bool,
}

/// Every knob.
pub(crate) const KNOBS: [Knob; 6] = [
    Knob {
        name: "factor of the width",
        strategies: &["widened"],
        values: [1.5, 1.25, 2.0],
        of_tables: false,
    },
    Knob {
        name: "weight of the source's loss",
        strategies: &["pooled", "shared parameters"],
        values: [1.0, 0.3, 3.0],
        of_tables: true,
    },
    Knob {
        name: "rate of the mixing",
        strategies: &["task-to-task"],
        values: [0.01, 0.1, 1.0],
        of_tables: false,
    },
    Knob {
        name: "numbers of a label embedding",
        strategies: &["layered"],
        values: [16.0, 4.0, 64.0],
        of_tables: false,
    },
    Knob {
        name: "strength of the penalty",
        strategies: &["linear"],
        values: [0.02, 0.002, 0.2],
        of_tables: false,
    },
    Knob {
        name: "strength of the penalty",
        strategies: &["linear, pooled"],
        values: [0.001, 0.0001, 0.01],
        of_tables: false,
    },
];

/// The knob of a strategy, if it has one.
pub(crate) fn knob_of(strategy: &str) -> Option<&'static Knob> {
    KNOBS.iter().find(|knob| knob.strategies.contains(&strategy))
}

impl Setting {
    /// What a strategy is trained with where nothing is chosen for it; the source's network, which is
    /// the row "source only", at twice the rate.
    pub(crate) fn default_of(strategy: &str) -> Self {
        let rate = if strategy == SOURCE_ONLY { 0.1 } else { 0.05 };
        let knob = knob_of(strategy).map(|knob| knob.values[0]);
        Self { rate, steps: STEPS, weight_decay: 0.0, knob }
    }

    /// The same in so many steps at most.
    pub(crate) fn within(self, steps: usize) -> Self {
        Self { steps: self.steps.min(steps), ..self }
    }

    /// In words.
    pub(crate) fn told(&self) -> String {
        let Self { rate, steps, weight_decay, knob } = self;
        let knob = knob.map_or(String::new(), |knob| format!(", knob {knob}"));
        format!("rate {}, {steps} steps, decay {weight_decay}{knob}", two_figures(*rate))
    }

    /// As a recipe over all rows at once.
    pub(crate) fn recipe(&self) -> Recipe {
        let Self { rate, steps, weight_decay, .. } = *self;
        Recipe { steps, weight_decay, ..Recipe::at_rate(rate) }
    }

    /// How much the source's loss weighs beside the target's.
    pub(crate) fn source_weight(&self, strategy: &str) -> f64 {
        let knob = knob_of(strategy).filter(|knob| knob.of_tables).and(self.knob);
        knob.unwrap_or(1.0)
    }
}

/// A rate as it is told: a third of another has no end.
pub(crate) fn two_figures(rate: f64) -> f64 {
    let unit = 10_f64.powf(1.0 - rate.log10().floor());
    (rate * unit).round() / unit
}

/// The row whose setting is that of the source's network.
pub(crate) const SOURCE_ONLY: &str = "source only";

impl Settings {
    /// The setting of a strategy.
    pub(crate) fn of(self, strategy: &str) -> Setting {
        let chosen = || RECORDED.rows.iter().find(|row| row.strategy == strategy);
        match self {
            Self::Chosen => {
                chosen().map_or_else(|| Setting::default_of(strategy), |row| row.chosen)
            }
            Self::Default => Setting::default_of(strategy),
            Self::Numbers => {
                let setting = Setting::default_of(strategy);
                Setting { rate: setting.rate / 5.0, ..setting }
            }
        }
    }
}

/// Whether something was chosen for a strategy.
pub(crate) fn was_chosen(strategy: &str) -> bool {
    RECORDED.rows.iter().any(|row| row.strategy == strategy)
}

/// What `compare settings` found.
#[derive(Serialize, Deserialize)]
pub(crate) struct Grid {
    pub(crate) problem: String,
    pub(crate) rule: String,
    pub(crate) seeds: usize,
    pub(crate) rows: Vec<Tried>,
}

/// The settings tried for one strategy.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) strategy: String,
    pub(crate) knob: Option<String>,
    pub(crate) chosen: Setting,
    /// With the mean accuracy of each; none where it could not be trained.
    pub(crate) accuracies: Vec<(Setting, Option<f64>)>,
}

/// The recorded grid.
pub(crate) static RECORDED: LazyLock<Grid> = LazyLock::new(|| {
    serde_json::from_str(include_str!("settings.json")).expect("it was written by this program")
});
