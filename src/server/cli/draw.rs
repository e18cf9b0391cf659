//! `zhengming draw`: the positions that a published seed draws from a pool.

use clap::Args;
use zhengming_engine::draw;

use super::{Outcome, UsageError, print};

/// Options of `draw`.
#[derive(Debug, Args)]
pub struct Draw {
    /// The seed as it was published, for example the figures of a lottery one after the other
    #[arg(value_name = "SEED")]
    pub seed: String,
    /// How many stand in the pool
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub pool: u32,
    /// How many to draw
    #[arg(long, value_name = "NUMBER")]
    pub count: u32,
    /// Hash of the pool's list as it was published before the draw
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub pool_hash: String,
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}

impl Draw {
    /// Prints the positions, counted from 0, in the order in which they are drawn.
    ///
    /// # Errors
    /// More are to be drawn than there are.
    pub fn run(self) -> Result<Outcome, UsageError> {
        let drawn = draw::positions(&self.seed, &self.pool_hash, self.pool, self.count);
        let drawn = drawn.map_err(|error| UsageError::Other(format!("{error}; give a --count up to --pool")))?;
        let text = if self.json {
            serde_json::to_string(&drawn)?
        } else {
            drawn.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
        };
        print(&format!("{text}\n"))?;
        Ok(Outcome::Done)
    }
}
