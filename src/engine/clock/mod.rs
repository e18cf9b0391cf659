//! Legal clocks.
