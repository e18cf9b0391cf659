//! Name similarity for marks: which registered names does a name resemble, how closely, and in what respects.
//!
//! ```
//! use zhengming_marks::{Index, Mark, MatchOptions};
//!
//! let index = Index::in_memory()?;
//! let mut writer = index.writer()?;
//! writer.upsert(&Mark { id: "1".into(), name: "康师傅".into(), ..Mark::default() })?;
//! writer.commit()?;
//!
//! let found = index.match_name("kangshifu", &MatchOptions::default())?;
//! assert_eq!(found[0].mark.name, "康师傅");
//! assert_eq!(found[0].reasons[0].to_string(), "pinyin_of");
//! # Ok::<(), zhengming_marks::IndexError>(())
//! ```
//!
//! The comparison is a function of the two names, of tables that the crate carries, and of how common characters and words are
//! in the register, which is counted when the register has changed by a tenth and kept beside it. Candidates come from a tantivy index in a directory or in memory,
//! which the crate only reads and writes when told to; it keeps no clock and draws no random numbers, and no name or
//! file makes it panic.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod brands;
mod candidates;
mod compare;
pub mod eval;
pub mod external;
mod goods;
mod import;
mod index;
pub mod letters;
mod mark;
mod normalize;
mod parts;
mod profile;
mod reason;
mod signature;
mod sound;
mod spelling;
mod statistics;
pub mod tables;
mod texts;

pub use compare::{Aspects, Comparison, Piece};
pub use goods::{Goods, GoodsError, Nearness, SimilarGroup};
pub use import::{
    Import, ImportError, ImportOptions, Problem, RegisterFormat, RowError, Rows, Trademarks, XmlFault, read_marks,
};
pub use index::{Candidate, Index, IndexError, IndexWriter, Match, MatchOptions, Rescoring};
pub use mark::{LONGEST_NAME, Mark, MarkRow};
pub use normalize::{NORMALIZER_VERSION, NormalName, Script, is_han, normalize, places};
pub use profile::{COMPARED_CHARS, Profile};
pub use reason::{Aspect, Band, Reason};
pub use sound::{FuzzyClass, SoundMatch, Syllable, nearest, readings};
pub use texts::names_in_text;
