//! GraphQL types: newtypes over what the service lets an actor read. Rows and entities never appear.

pub mod case;
pub mod code;
pub mod competence;
pub mod connection;
pub mod contribution;
pub mod deadline;
pub mod disclosure;
pub mod history;
pub mod imitation;
pub mod mark;
pub mod node;
pub mod organisation;
pub mod paper;
pub mod procedure;
pub mod viewer;
pub mod workflows;
