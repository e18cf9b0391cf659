//! Measures a GraphQL document before anything else walks it.
//!
//! Validators of the library revisit a fragment at every spread, so 25 fragments that each spread the next one twice
//! cost 2^25 visits. Here every fragment is measured once and its sums are reused; sums saturate, so that no document
//! can overflow them.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Number, Pos, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

/// Page size assumed for a connection that names neither `first` nor `last`.
///
/// The resolver refuses such a request; the assumption only keeps its cost from looking free.
const ASSUMED_PAGE: u32 = 20;
/// Cost of reading the whole schema, whatever is selected of it.
const SCHEMA_COST: u32 = 100;
/// Cost of reading one type of the schema.
const TYPE_COST: u32 = 10;
/// Cost of one root field of a mutation, beside what it selects.
const MUTATION_COST: u32 = 10;
/// Fields of the introspection types that answer lists and so multiply each other.
const INTROSPECTION_LISTS: [&str; 6] = [
    "types",
    "fields",
    "inputFields",
    "interfaces",
    "possibleTypes",
    "enumValues",
];

/// Why a document cannot be measured, with the place in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmeasurable {
    /// Selections are nested deeper than the allowance.
    TooDeep(Pos),
    /// A fragment spreads itself, directly or through others.
    Cycle(Pos),
}

/// Sums over one selection set with all fragments expanded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Fields, spreads and inline fragments.
    pub(crate) selections: u32,
    /// Fields directly in this set, after expansion.
    pub(crate) breadth: u32,
    /// Levels of fields.
    pub(crate) depth: u32,
    /// Levels of selection sets, fragments included; the library counts these.
    pub(crate) nesting: u32,
    /// Values that the variables put into arguments; each use is copied and checked again by the validators.
    pub(crate) inputs: u32,
    /// Longest chain of introspection's list fields below `__schema` or `__type`.
    pub(crate) introspection_lists: u32,
    /// The same chain while its root is not reached: fields of our own types may have such names too.
    open_lists: u32,
    /// Whether the set looks like that of a connection.
    connection: bool,
    /// How often fields are selected that one request may carry once.
    pub(crate) guarded: u32,
    /// Cost of this set apart from the items of a connection.
    fixed: u32,
    /// Cost of one item, when this set belongs to a connection.
    per_item: u32,
}

impl Measure {
    /// Static cost of the set for `items` items of the connection it belongs to.
    pub(crate) fn cost(&self, items: u32) -> u32 {
        self.fixed.saturating_add(self.per_item.saturating_mul(items))
    }

    fn add(&mut self, other: &Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.breadth = self.breadth.saturating_add(other.breadth);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting);
        self.inputs = self.inputs.saturating_add(other.inputs);
        self.introspection_lists = self.introspection_lists.max(other.introspection_lists);
        self.open_lists = self.open_lists.max(other.open_lists);
        self.connection |= other.connection;
        self.guarded = self.guarded.saturating_add(other.guarded);
        self.fixed = self.fixed.saturating_add(other.fixed);
        self.per_item = self.per_item.saturating_add(other.per_item);
    }
}

/// What the text of a document carries, each definition counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// Fields with an alias.
    pub(crate) aliases: u32,
    /// Fields selected again under a key that their selection set already has.
    pub(crate) repeats: u32,
    /// Directives anywhere.
    pub(crate) directives: u32,
    /// Most directives at one place.
    pub(crate) directives_at_once: u32,
    /// Aliases inside the introspection types.
    pub(crate) introspection_aliases: u32,
}

/// Counts aliases, repeats and directives over all definitions of `document`.
pub(crate) fn census(document: &ExecutableDocument) -> Census {
    let mut census = Census::default();
    for (_, operation) in document.operations.iter() {
        census.directives_of(operation.node.directives.len());
        for variable in &operation.node.variable_definitions {
            census.directives_of(variable.node.directives.len());
        }
        census.set(&operation.node.selection_set.node, false);
    }
    for fragment in document.fragments.values() {
        census.directives_of(fragment.node.directives.len());
        let introspecting = fragment.node.type_condition.node.on.node.starts_with("__");
        census.set(&fragment.node.selection_set.node, introspecting);
    }
    census
}

impl Census {
    fn directives_of(&mut self, count: usize) {
        let count = clamp(count);
        self.directives = self.directives.saturating_add(count);
        self.directives_at_once = self.directives_at_once.max(count);
    }

    fn set(&mut self, set: &SelectionSet, introspecting: bool) {
        let mut keys = HashSet::new();
        for item in &set.items {
            self.directives_of(item.node.directives().len());
            match &item.node {
                Selection::Field(field) => {
                    if field.node.alias.is_some() {
                        self.aliases = self.aliases.saturating_add(1);
                        if introspecting || field.node.name.node == "__schema" {
                            self.introspection_aliases = self.introspection_aliases.saturating_add(1);
                        }
                    }
                    if !keys.insert(field.node.response_key().node.as_str()) {
                        self.repeats = self.repeats.saturating_add(1);
                    }
                    let below = introspecting || is_introspection_root(&field.node);
                    self.set(&field.node.selection_set.node, below);
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node, introspecting),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

enum Memo {
    Open,
    Done(Measure),
}

/// Measures selection sets of one document under one operation's variables.
pub(crate) struct Surveyor<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    operation: &'a OperationDefinition,
    weights: &'a HashMap<String, u32>,
    guarded: &'a HashSet<String>,
    max_nesting: u32,
    memo: HashMap<&'a str, Memo>,
    sizes: HashMap<&'a str, u32>,
}

impl<'a> Surveyor<'a> {
    /// A surveyor for `operation`; `weights` overrides the cost of single fields, `guarded` names the counted ones.
    pub(crate) fn new(
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
        weights: &'a HashMap<String, u32>,
        guarded: &'a HashSet<String>,
        max_nesting: u32,
    ) -> Self {
        let (memo, sizes) = Default::default();
        Self {
            document,
            variables,
            operation,
            weights,
            guarded,
            max_nesting,
            memo,
            sizes,
        }
    }

    /// Sums of the whole operation.
    pub(crate) fn operation(&mut self) -> Result<Measure, Unmeasurable> {
        let mut total = self.set(&self.operation.selection_set, 1)?;
        if self.operation.ty == OperationType::Mutation {
            total.fixed = total.fixed.saturating_add(total.breadth.saturating_mul(MUTATION_COST));
        }
        Ok(total)
    }

    /// Expanded size of every fragment of the document, spread or not, added up.
    pub(crate) fn all_fragments(&mut self) -> Result<u32, Unmeasurable> {
        let mut total = 0u32;
        for (name, fragment) in &self.document.fragments {
            let measure = self.fragment(name, fragment.pos, 1)?;
            total = total.saturating_add(measure.selections);
        }
        Ok(total)
    }

    fn set(&mut self, set: &'a Positioned<SelectionSet>, level: u32) -> Result<Measure, Unmeasurable> {
        if level > self.max_nesting {
            return Err(Unmeasurable::TooDeep(set.pos));
        }
        let mut total = Measure::default();
        for item in &set.node.items {
            let mut measure = match &item.node {
                Selection::Field(field) => self.field(&field.node, level)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set, level + 1)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, item.pos, level + 1)?
                }
            };
            for directive in item.node.directives() {
                measure.inputs = measure.inputs.saturating_add(self.inputs(&directive.node.arguments));
            }
            measure.selections = measure.selections.saturating_add(1);
            total.add(&measure);
        }
        total.nesting = total.nesting.saturating_add(1);
        Ok(total)
    }

    fn fragment(&mut self, name: &str, pos: Pos, level: u32) -> Result<Measure, Unmeasurable> {
        // An unknown fragment is the validators' business; it selects nothing.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Measure::default());
        };
        match self.memo.get(name.as_str()) {
            Some(Memo::Open) => return Err(Unmeasurable::Cycle(pos)),
            Some(Memo::Done(measure)) if level.saturating_add(measure.nesting) > self.max_nesting + 1 => {
                return Err(Unmeasurable::TooDeep(pos));
            }
            Some(Memo::Done(measure)) => return Ok(*measure),
            None => {}
        }
        self.memo.insert(name, Memo::Open);
        let measure = self.set(&fragment.node.selection_set, level)?;
        self.memo.insert(name, Memo::Done(measure));
        Ok(measure)
    }

    fn field(&mut self, field: &'a Field, level: u32) -> Result<Measure, Unmeasurable> {
        let name = field.name.node.as_str();
        let leaf = field.selection_set.node.items.is_empty();
        let below = if leaf {
            Measure::default()
        } else {
            self.set(&field.selection_set, level + 1)?
        };
        let mut measure = Measure {
            breadth: 1,
            depth: below.depth.saturating_add(1),
            ..below
        };
        measure.inputs = measure.inputs.saturating_add(self.inputs(&field.arguments));
        measure.guarded = measure.guarded.saturating_add(u32::from(self.guarded.contains(name)));
        if INTROSPECTION_LISTS.contains(&name) {
            measure.open_lists = measure.open_lists.saturating_add(1);
        }
        if is_introspection_root(field) {
            measure.introspection_lists = measure.introspection_lists.max(measure.open_lists);
            measure.open_lists = 0;
        }
        let own = self.cost(field, leaf, &below);
        let item = matches!(name, "nodes" | "edges") && field.arguments.is_empty();
        measure.connection = item || matches!(name, "pageInfo" | "totalCount");
        // `nodes(ids:)` is a root field of its own: its size is known, it is nobody's item.
        (measure.fixed, measure.per_item) = if item { (0, own) } else { (own, 0) };
        Ok(measure)
    }

    /// Cost of a field with everything below it.
    fn cost(&self, field: &Field, leaf: bool, below: &Measure) -> u32 {
        let name = field.name.node.as_str();
        let weight = match (name, self.weights.get(name)) {
            ("__schema", _) => return SCHEMA_COST,
            ("__type", _) => return TYPE_COST,
            (_, Some(weight)) => *weight,
            ("edges", None) => 0,
            (_, None) => u32::from(!leaf),
        };
        let count = |name| field.get_argument(name).map(|value| self.count(&value.node));
        let page = count("first").max(count("last"));
        if below.connection {
            return weight.saturating_add(below.cost(page.unwrap_or(ASSUMED_PAGE)));
        }
        let copies = count("ids").max(page).unwrap_or(1);
        weight.saturating_add(below.cost(1)).saturating_mul(copies)
    }

    /// Number of items that an argument asks for: an integer, or the length of a list; at least one.
    fn count(&self, value: &Value) -> u32 {
        let number = |number: &Number| {
            number
                .as_u64()
                .map_or(1, |n| u32::try_from(n).unwrap_or(u32::MAX))
                .max(1)
        };
        match value {
            Value::Number(n) => number(n),
            Value::List(list) => clamp(list.len()).max(1),
            Value::Variable(name) => match self.variable(name) {
                Some(ConstValue::Number(n)) => number(n),
                Some(ConstValue::List(list)) => clamp(list.len()).max(1),
                _ => 1,
            },
            _ => 1,
        }
    }

    fn variable(&self, name: &Name) -> Option<&'a ConstValue> {
        self.variables.get(name).or_else(|| {
            let mut definitions = self.operation.variable_definitions.iter();
            let definition = definitions.find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| &value.node)
        })
    }

    fn inputs(&mut self, arguments: &'a [(Positioned<Name>, Positioned<Value>)]) -> u32 {
        arguments
            .iter()
            .fold(0u32, |sum, (_, value)| sum.saturating_add(self.input(&value.node)))
    }

    fn input(&mut self, value: &'a Value) -> u32 {
        match value {
            Value::Variable(name) => {
                if let Some(size) = self.sizes.get(name.as_str()) {
                    return *size;
                }
                let size = self.variable(name).map_or(1, size_of);
                self.sizes.insert(name, size);
                size
            }
            Value::List(list) => list
                .iter()
                .fold(1u32, |sum, value| sum.saturating_add(self.input(value))),
            Value::Object(map) => map
                .values()
                .fold(1u32, |sum, value| sum.saturating_add(self.input(value))),
            _ => 1,
        }
    }
}

/// Number of values in a variable; 64 bytes of text count as one more.
fn size_of(value: &ConstValue) -> u32 {
    match value {
        ConstValue::List(list) => list.iter().fold(1u32, |sum, value| sum.saturating_add(size_of(value))),
        ConstValue::Object(map) => map.values().fold(1u32, |sum, value| sum.saturating_add(size_of(value))),
        ConstValue::String(text) => clamp(text.len() / 64).saturating_add(1),
        _ => 1,
    }
}

fn is_introspection_root(field: &Field) -> bool {
    matches!(field.name.node.as_str(), "__schema" | "__type")
}

fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn measure(text: &str, variables: serde_json::Value) -> Result<Measure, Unmeasurable> {
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = Variables::from_json(variables);
        let weights = HashMap::from([("totalCount".to_owned(), 5)]);
        let guarded = HashSet::from(["lookup".to_owned()]);
        let mut surveyor = Surveyor::new(&document, &operation.node, &variables, &weights, &guarded, 30);
        let total = surveyor.operation()?;
        surveyor.all_fragments()?;
        Ok(total)
    }

    fn cost(text: &str, variables: serde_json::Value) -> u32 {
        measure(text, variables).unwrap().cost(1)
    }

    #[test]
    fn a_fragment_bomb_is_measured_without_being_expanded() {
        let mut text = "{ ...F0 }".to_owned();
        for n in 0..24 {
            text.push_str(&format!(" fragment F{n} on Query {{ ...F{m} ...F{m} }}", m = n + 1));
        }
        text.push_str(" fragment F24 on Query { __typename }");
        let measure = measure(&text, serde_json::Value::Null).unwrap();
        assert!(measure.selections > 1 << 24, "{}", measure.selections);
    }

    #[test]
    fn cycles_and_deep_nesting_are_told_apart() {
        let cycle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
        assert!(matches!(
            measure(cycle, serde_json::Value::Null),
            Err(Unmeasurable::Cycle(_))
        ));
        let unused = "{ a } fragment A on Query { a { ...A } }";
        assert!(matches!(
            measure(unused, serde_json::Value::Null),
            Err(Unmeasurable::Cycle(_))
        ));
        let deep = format!("{}a{}", "{a".repeat(31), "}".repeat(31));
        assert!(matches!(
            measure(&deep, serde_json::Value::Null),
            Err(Unmeasurable::TooDeep(_))
        ));
    }

    #[test]
    fn a_memoised_fragment_still_counts_its_levels_where_it_is_spread() {
        let shallow = "...F ";
        let deep = format!("{}...F{}", "a{".repeat(20), "}".repeat(20));
        let fragment = format!("fragment F on Q {{ {}b{} }}", "a{".repeat(15), "}".repeat(15));
        let text = format!("{{ {shallow} {deep} }} {fragment}");
        assert!(matches!(
            measure(&text, serde_json::Value::Null),
            Err(Unmeasurable::TooDeep(_))
        ));
    }

    #[test]
    fn connections_multiply_by_the_page_and_nested_ones_by_each_other() {
        let null = serde_json::Value::Null;
        assert_eq!(cost("{ marks(first: 10) { name } }", null.clone()), 10);
        assert_eq!(cost("{ cases(first: 10) { nodes { id number } } }", null.clone()), 11);
        assert_eq!(cost("{ cases(first: 10) { edges { node { id } } } }", null.clone()), 11);
        assert_eq!(
            cost(
                "{ cases(last: 10) { nodes { events(first: 5) { nodes { id } } } } }",
                null.clone()
            ),
            1 + 10 * (1 + 1 + 5)
        );
        assert_eq!(
            cost(
                "{ cases(first: 10) { totalCount pageInfo { hasNextPage } } }",
                null.clone()
            ),
            1 + 5 + 1
        );
        assert_eq!(cost("{ cases { nodes { id } } }", null.clone()), 21);
        assert_eq!(cost("{ nodes(ids: [1, 2, 3]) { id } }", null), 3);
    }

    #[test]
    fn variables_and_their_defaults_set_the_page() {
        let text = "query Q($n: Int = 7) { cases(first: $n) { ...C } } fragment C on X { nodes { id } }";
        assert_eq!(cost(text, serde_json::json!({ "n": 50 })), 51);
        assert_eq!(cost(text, serde_json::json!({})), 8);
        assert_eq!(cost(text, serde_json::json!({ "n": -4 })), 2);
        assert_eq!(cost(text, serde_json::json!({ "n": 9_000_000_000_u64 })), u32::MAX);
    }

    #[test]
    fn introspection_lists_are_counted_as_a_chain() {
        let lists = |text| measure(text, serde_json::Value::Null).unwrap().introspection_lists;
        assert_eq!(lists("{ __schema { types { fields { args { name } } } } }"), 2);
        assert_eq!(
            lists("{ __schema { types { fields { type { fields { name } } } } } }"),
            3
        );
        assert_eq!(lists("{ fields { fields { fields { a } } } }"), 0);
    }

    #[test]
    fn the_census_counts_aliases_repeats_and_directives() {
        let document =
            parse_query("query @a @b { x: a a a ...F @c } fragment F on Q { y: b __schema { types { z: name } } }")
                .unwrap();
        let expected = Census {
            aliases: 3,
            repeats: 1,
            directives: 3,
            directives_at_once: 2,
            introspection_aliases: 1,
        };
        assert_eq!(census(&document), expected);
    }

    #[test]
    fn a_variable_weighs_at_every_use() {
        let list: Vec<u32> = (0..100).collect();
        let text = "query Q($l: [Int]) { a(l: $l) b(l: [$l, $l]) }";
        let measure = measure(text, serde_json::json!({ "l": list })).unwrap();
        assert_eq!(measure.inputs, 101 + 1 + 202);
        let twice = super::tests::measure("{ lookup(c: 1) x: lookup(c: 2) }", serde_json::Value::Null).unwrap();
        assert_eq!(twice.guarded, 2);
    }
}
