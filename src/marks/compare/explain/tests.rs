use super::*;

fn compared(query: &str, mark: &str) -> Comparison {
    Comparison::of(&Profile::new(query), &Profile::new(mark), 0.0, &Arc::default())
}
