//! The grid from which the settings are chosen, on a problem of its own: the mirror of the one that
//! the comparison is about, so that no row of the test part has a say.

use autograd::parallel;
use nn::metrics::mean;
use nn::train::Role;

use crate::failure::Failure;
use crate::output::Progress;
use crate::problem::Problem;
use crate::protocol::Protocol;
use crate::settings::{Grid, SOURCE_ONLY, STEPS, Setting, Settings, Tried, knob_of};
use crate::strategies::{self, Knowledge, Strategy};

/// What is tried, the cheaper and plainer before the dearer.
const STEPS_TRIED: [usize; 2] = [STEPS / 2, STEPS];
const DECAYS: [f64; 5] = [0.0, 0.001, 0.01, 0.03, 0.1];
const RATES: [f64; 5] = [0.01, 0.02, 0.05, 0.1, 0.2];

/// What decides between settings.
///
/// How the source's network is trained is not chosen: the mirror's source has 896 rows, the other's
/// 2000, and what is best for the one need not be for the other.
const RULE: &str = "the highest mean accuracy over the seeds; of equals the first, in the order of \
                    steps, decay, rate, knob";

/// Every setting that is tried for a strategy, in the order that decides between equals.
pub(crate) fn settings_of(strategy: &str) -> Vec<Setting> {
    let knobs = knob_of(strategy).map_or(vec![None], |knob| knob.values.map(Some).to_vec());
    // The penalty of a linear classifier is its decay.
    let decays = if strategy.starts_with("linear") { &DECAYS[..1] } else { &DECAYS[..] };
    let mut all = Vec::new();
    for steps in STEPS_TRIED {
        for &weight_decay in decays {
            for rate in RATES {
                let of_knob = |&knob: &Option<f64>| Setting { rate, steps, weight_decay, knob };
                all.extend(knobs.iter().map(of_knob));
            }
        }
    }
    all
}

/// The best of the settings that were tried, by the rule.
pub(crate) fn best(tried: &[(Setting, Option<f64>)]) -> Option<Setting> {
    let mut best: Option<(Setting, f64)> = None;
    for &(setting, accuracy) in tried {
        if let Some(accuracy) = accuracy
            && best.is_none_or(|(_, highest)| accuracy > highest)
        {
            best = Some((setting, accuracy));
        }
    }
    best.map(|(setting, _)| setting)
}

/// Tries all settings of all usual strategies and writes them down.
pub(crate) fn run(seeds: usize) -> Result<String, Failure> {
    let strategies = strategies::rows(&[])?.into_iter().filter(Strategy::is_trained).collect();
    let protocol = Protocol::of(Problem::mirror(seeds)?, strategies, Settings::Default, STEPS);
    let all = || protocol.strategies.iter();
    let number = all().map(|strategy| settings_of(strategy.name()).len()).sum::<usize>();
    let progress = Progress::new(seeds * number);
    let seeds: Vec<usize> = (0..seeds).collect();

    let given = |&seed: &usize| protocol.given(seed, &protocol.setting(SOURCE_ONLY));
    let given = parallel::map(&seeds, given).into_iter().collect::<Result<Vec<Knowledge>, _>>()?;

    let mut rows: Vec<Tried> = Vec::new();
    for strategy in all() {
        // A control has the option of what it controls.
        let controlled = rows.iter().find(|row| {
            strategy.known.role == Role::Control("widened") && row.strategy == "widened"
        });
        let knob = controlled.and_then(|row| row.chosen.knob);
        rows.push(row(strategy, knob, &|setting| {
            let one = |given: &Knowledge| {
                progress.step();
                protocol.accuracy(strategy, given, setting)
            };
            parallel::map(&given, one).into_iter().collect()
        })?);
    }
    let (problem, rule) = (protocol.problem.says(), RULE.to_owned());
    let grid = Grid { problem, rule, seeds: seeds.len(), rows };
    let text = serde_json::to_string(&grid).expect("it has plain keys");
    Ok(text.replace("[{\"rate", "\n[{\"rate").replace("{\"strategy", "\n{\"strategy") + "\n")
}

/// All settings of a strategy with the mean accuracy of each; none where it could not be trained.
fn row(
    strategy: &Strategy,
    knob: Option<f64>,
    accuracies: &dyn Fn(&Setting) -> Option<Vec<f64>>,
) -> Result<Tried, Failure> {
    let name = strategy.name();
    let mut tried = Vec::new();
    for setting in settings_of(name) {
        let setting = Setting { knob: setting.knob.or(knob), ..setting };
        tried.push((setting, accuracies(&setting).map(|all| mean(&all))));
    }
    let none = || Failure::Run(format!("{name} cannot be trained with any setting"));
    let chosen = best(&tried).ok_or_else(none)?;
    let knob = knob_of(name).map(|knob| knob.name.to_owned());
    Ok(Tried { strategy: name.to_owned(), knob, chosen, accuracies: tried })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::RECORDED;

    #[test]
    fn the_chosen_settings_are_the_best_of_the_recorded_grid_which_is_whole() {
        let rows = strategies::rows(&[]).expect("the usual ones");
        let searched: Vec<_> = rows.iter().filter(|row| row.is_trained()).collect();
        assert_eq!(RECORDED.rows.len(), searched.len());
        assert_eq!(RECORDED.rule, RULE);
        for strategy in searched {
            let name = strategy.name();
            let row = RECORDED.rows.iter().find(|row| row.strategy == name).expect(name);
            assert_eq!(best(&row.accuracies), Some(row.chosen), "{name}");
            assert_eq!(Settings::Chosen.of(name), row.chosen, "{name}");
            let expected = settings_of(name);
            assert_eq!(row.accuracies.len(), expected.len(), "{name}");
            for ((tried, _), expected) in row.accuracies.iter().zip(expected) {
                let knob = expected.knob.or(tried.knob);
                assert_eq!(*tried, Setting { knob, ..expected }, "{name}");
            }
        }
    }

    #[test]
    fn of_equal_settings_the_first_is_taken_and_one_that_cannot_be_trained_never() {
        let setting = |rate| Setting { rate, ..Setting::default_of("scratch") };
        let tried = [
            (setting(0.3), None),
            (setting(0.1), Some(0.5)),
            (setting(0.05), Some(0.75)),
            (setting(0.2), Some(0.75)),
        ];
        assert_eq!(best(&tried), Some(setting(0.05)));
        assert_eq!(best(&tried[..1]), None);
    }

    #[test]
    fn no_setting_leaves_the_common_budget_and_the_default_is_among_them() {
        let rows = strategies::rows(&[]).expect("the usual ones");
        for strategy in rows.iter().filter(|row| row.is_trained()) {
            let all = settings_of(strategy.name());
            assert!(all.iter().all(|setting| setting.steps <= STEPS));
            assert!(all.contains(&Setting::default_of(strategy.name())), "{}", strategy.name());
        }
    }
}
