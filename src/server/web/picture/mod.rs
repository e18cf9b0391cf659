//! Pictures, drawn as inline SVG. Words stand beside them as text, so that they scale, wrap and are read aloud.

mod chart;

pub(super) use self::chart::{Chart, Tick};

/// Width of a score's bar in thousandths, for a score of 0 to 1.
pub(super) fn thousandths(score: f64) -> u32 {
    // Clamped, so the cast neither truncates nor turns negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value is between 0 and 1000"
    )]
    let width = (score.clamp(0.0, 1.0) * 1_000.0).round() as u32;
    width
}
