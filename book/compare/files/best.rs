//! `--save-best FILE`: the best network of a comparison, for use.

use std::path::PathBuf;

use nn::data::Scaler;

use crate::answers::Answers;
use crate::failure::Failure;
use crate::protocol::Protocol;
use crate::settings::SOURCE_ONLY;
use crate::strategies::CEILING;
use crate::summary::Summary;

/// Where the network goes, and the scale of its rows.
pub(crate) struct Best {
    pub(crate) file: PathBuf,
    pub(crate) scaler: Scaler,
}

impl Best {
    /// Trains the row of the highest mean that is a network once more, as its first seed was, saves it
    /// and says what it is.
    pub(crate) fn save(&self, protocol: &Protocol, summary: &Summary) -> Result<String, Failure> {
        let seed = protocol.problem.seeds.start;
        let given = protocol.given(seed, &protocol.setting(SOURCE_ONLY))?;
        let mut rows: Vec<_> = summary.rows.iter().filter(|row| row.strategy != CEILING).collect();
        rows.sort_by(|a, b| b.accuracy.total_cmp(&a.accuracy));
        let mut passed = vec![];
        for row in rows {
            let strategy = protocol.strategies.iter().find(|own| own.name() == row.strategy);
            let strategy = strategy.expect("a row is a strategy's");
            let learnt = strategy.fit(&given, &protocol.setting(strategy.name()));
            let learnt = learnt.map_err(|why| Failure::Run(format!("seed {seed}: {why}")))?;
            let answers = Answers::of(&learnt.logits(&protocol.test.0), &protocol.test.1);
            let score = nn::metrics::mean(&answers.values(&protocol.test.1));
            if !learnt.save(&self.file, &self.scaler)? {
                passed.push(row.strategy);
                continue;
            }
            let passed = match &passed[..] {
                [] => String::new(),
                [one] => format!(" {one} has a higher mean and is no network."),
                several => {
                    format!(" {} have higher means and are no networks.", several.join(", "))
                }
            };
            let (name, mean) = (row.strategy, row.accuracy);
            return Ok(format!(
                "\nSaved: {name}, trained as in seed {seed}; on the test part it has {score:.3} (mean of its seeds \
                 {mean:.3}).{passed}\n"
            ));
        }
        Ok("\nNothing is saved: no row is a network.\n".to_owned())
    }
}
