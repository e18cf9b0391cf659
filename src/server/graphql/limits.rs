//! Limits on what one GraphQL operation may ask, checked before the library's validators see the document.
//!
//! The validators of async-graphql 7.2 revisit fragments without remembering them, so that 950 bytes can cost seconds
//! of CPU and gigabytes of memory; [`Limits::admit`] therefore runs first, on every transport, through [`super::guard`].
//! Errors carry a stable `extensions.code` and never repeat the document.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Pos, Request, ServerError, ServerResult, Variables, value};

use super::brackets::check_brackets;
use super::measure::{self, Measure, Surveyor, Unmeasurable};

/// Bounds on a document and on the cost of the operation it runs.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Length of the document text in bytes.
    pub document_bytes: usize,
    /// Selections of all operations together with fragments expanded.
    pub selections: u32,
    /// Levels of fields.
    pub depth: u32,
    /// Levels of selection sets, fragments included.
    pub nesting: u32,
    /// Fields with an alias in the document.
    pub aliases: u32,
    /// Fields selected twice in one selection set.
    pub repeats: u32,
    /// Root fields of an operation, after expansion.
    pub root_fields: u32,
    /// Directives in the document.
    pub directives: u32,
    /// Directives at one place.
    pub directives_at_once: u32,
    /// Operations in the document.
    pub operations: usize,
    /// Values that variables put into arguments, counted at every use.
    pub inputs: u32,
    /// Chained list fields of the introspection types: 2 lets every tool read the schema.
    pub introspection_lists: u32,
    /// Cost cap when the request data hold no [`CostCap`], that is for callers who are not signed in.
    pub anonymous_cost: u32,
    /// Cost of single fields by name, where it is not 1 for an object and 0 for a leaf.
    pub weights: HashMap<String, u32>,
    /// Fields that one request may select once, because each selection is one guess at a secret.
    pub once_per_request: HashSet<String>,
}

/// Fields that cost more than an object: a count over all cases; lists without pages, each of which is long (all procedures with
/// what they ask: 700 kB); likenesses that are looked for.
const WEIGHTS: [(&str, u32); 6] = [
    ("totalCount", 5),
    ("choices", 5),
    ("procedures", 60),
    ("events", 5),
    ("filing", 5),
    ("series", 10),
];

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 16 * 1024,
            selections: 2_000,
            depth: 15,
            nesting: 30,
            aliases: 50,
            repeats: 20,
            root_fields: 20,
            directives: 50,
            directives_at_once: 4,
            operations: 10,
            inputs: 50_000,
            introspection_lists: 2,
            anonymous_cost: 200,
            weights: WEIGHTS.map(|(field, cost)| (field.to_owned(), cost)).into(),
            once_per_request: HashSet::from(["caseByReceipt".to_owned()]),
        }
    }
}

/// Most cost that the caller may spend on one operation; put into the request's data by the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostCap(pub u32);

/// Static cost of an admitted operation and the cap it was held against; answered in `extensions.cost`.
///
/// An object costs 1 and a leaf nothing, unless [`Limits::weights`] says otherwise. What is below `nodes` or `edges` of
/// a connection counts once per item of the page (`first` or `last`; 20 where neither is given), and so on downwards;
/// `ids` multiplies by its length. Each root field of a mutation costs 10 more, `__schema` 100 and `__type` 10 in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// What the operation asks for.
    pub requested: u32,
    /// What its caller may ask for.
    pub maximum: u32,
}

/// Proof, in a request's data, that its document passed [`Limits::admit`].
#[derive(Debug, Clone, Copy)]
struct Admitted(Cost);

/// An error with a stable `extensions.code`.
pub(crate) fn coded(code: &'static str, message: impl Into<String>, pos: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, pos);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// The cost of an operation that was admitted before.
pub(crate) fn admitted(request: &Request) -> Option<Cost> {
    let proof = request.data.get(&TypeId::of::<Admitted>())?;
    proof.downcast_ref::<Admitted>().map(|proof| proof.0)
}

impl Limits {
    /// Parses the document of `request`, holds it against every limit and leaves it parsed in the request.
    ///
    /// Answers the kind of the operation that will run.
    ///
    /// # Errors
    /// One error with one of the codes `DOCUMENT_TOO_LARGE`, `CHARACTER_NOT_ALLOWED`, `DOCUMENT_TOO_DEEP`, `GRAPHQL_PARSE_FAILED`,
    /// `FRAGMENT_CYCLE`, `QUERY_TOO_COMPLEX`, `TOO_MANY_ALIASES`, `TOO_MANY_DIRECTIVES`, `TOO_MANY_ROOT_FIELDS`,
    /// `TOO_MANY_OPERATIONS`, `FIELD_REPEATED`, `INTROSPECTION_LIMIT`, `COST_LIMIT`, `OPERATION_NOT_FOUND` or
    /// `GRAPHQL_VALIDATION_FAILED` (a required variable is missing).
    pub fn admit(&self, request: &mut Request) -> ServerResult<OperationType> {
        if request.query.len() > self.document_bytes {
            let message = format!("document is longer than {} bytes", self.document_bytes);
            return Err(coded("DOCUMENT_TOO_LARGE", message, None));
        }
        check_brackets(&request.query)?;
        check_characters(request)?;
        let cap = request
            .data
            .get(&TypeId::of::<CostCap>())
            .and_then(|cap| cap.downcast_ref::<CostCap>());
        let maximum = cap.map_or(self.anonymous_cost, |cap| cap.0);
        request.parsed_query().map_err(|error| {
            coded(
                "GRAPHQL_PARSE_FAILED",
                "document cannot be parsed",
                error.locations.first().copied(),
            )
        })?;
        let variables = std::mem::take(&mut request.variables);
        let operation_name = request.operation_name.take();
        let verdict = request
            .parsed_query()
            .and_then(|document| self.inspect(document, &variables, operation_name.as_deref(), maximum));
        request.variables = variables;
        request.operation_name = operation_name;
        let (kind, cost) = verdict?;
        request.data.insert(Admitted(cost));
        Ok(kind)
    }

    fn inspect(
        &self,
        document: &ExecutableDocument,
        variables: &Variables,
        operation_name: Option<&str>,
        maximum: u32,
    ) -> ServerResult<(OperationType, Cost)> {
        let count = document.operations.iter().len();
        if count > self.operations {
            return Err(exceeds("TOO_MANY_OPERATIONS", "operations", self.operations));
        }
        self.check_census(&measure::census(document))?;
        self.check_size(document, variables)?;
        let operation = select(document, operation_name)?;
        let measure = self
            .surveyor(document, operation, variables)
            .operation()
            .map_err(unmeasurable)?;
        self.check_operation(&measure)?;
        check_variables(operation, variables)?;
        let cost = Cost {
            requested: measure.cost(1),
            maximum,
        };
        if cost.requested > cost.maximum {
            let message = format!("operation costs {} of at most {}", cost.requested, cost.maximum);
            let mut error = coded("COST_LIMIT", message, None);
            if let Some(extensions) = &mut error.extensions {
                extensions.set("cost", cost.value());
            }
            return Err(error);
        }
        Ok((operation.ty, cost))
    }

    fn surveyor<'a>(
        &'a self,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
    ) -> Surveyor<'a> {
        Surveyor::new(
            document,
            operation,
            variables,
            &self.weights,
            &self.once_per_request,
            self.nesting,
        )
    }

    fn check_census(&self, census: &measure::Census) -> ServerResult<()> {
        if census.aliases > self.aliases {
            return Err(exceeds("TOO_MANY_ALIASES", "aliases", self.aliases));
        }
        if census.repeats > self.repeats {
            return Err(exceeds("QUERY_TOO_COMPLEX", "repeated fields", self.repeats));
        }
        if census.directives > self.directives {
            return Err(exceeds("TOO_MANY_DIRECTIVES", "directives", self.directives));
        }
        if census.directives_at_once > self.directives_at_once {
            return Err(exceeds(
                "TOO_MANY_DIRECTIVES",
                "directives at one place",
                self.directives_at_once,
            ));
        }
        if census.introspection_aliases > 0 {
            return Err(coded("INTROSPECTION_LIMIT", "introspection takes no aliases", None));
        }
        Ok(())
    }

    /// Bounds what the validators walk: all operations, and every fragment by itself, spread or not.
    fn check_size(&self, document: &ExecutableDocument, variables: &Variables) -> ServerResult<()> {
        let too_complex = || exceeds("QUERY_TOO_COMPLEX", "selections", self.selections);
        let (mut selections, mut inputs) = (0u32, 0u32);
        for (index, (_, operation)) in document.operations.iter().enumerate() {
            let mut surveyor = self.surveyor(document, &operation.node, variables);
            let measure = surveyor.operation().map_err(unmeasurable)?;
            selections = selections.saturating_add(measure.selections);
            inputs = inputs.saturating_add(measure.inputs);
            let fragments = if index == 0 {
                surveyor.all_fragments().map_err(unmeasurable)?
            } else {
                0
            };
            if selections > self.selections || fragments > self.selections.saturating_mul(5) {
                return Err(too_complex());
            }
        }
        if inputs > self.inputs {
            return Err(exceeds("QUERY_TOO_COMPLEX", "values in arguments", self.inputs));
        }
        Ok(())
    }

    fn check_operation(&self, measure: &Measure) -> ServerResult<()> {
        if measure.breadth > self.root_fields {
            return Err(exceeds("TOO_MANY_ROOT_FIELDS", "root fields", self.root_fields));
        }
        if measure.depth > self.depth {
            return Err(exceeds("DOCUMENT_TOO_DEEP", "levels of fields", self.depth));
        }
        if measure.introspection_lists > self.introspection_lists {
            return Err(exceeds(
                "INTROSPECTION_LIMIT",
                "nested lists in introspection",
                self.introspection_lists,
            ));
        }
        if measure.guarded > 1 {
            return Err(coded(
                "FIELD_REPEATED",
                "a field that may be selected once is selected again",
                None,
            ));
        }
        Ok(())
    }
}

impl Cost {
    pub(crate) fn value(self) -> async_graphql::Value {
        value!({ "requested": self.requested, "maximum": self.maximum })
    }
}

fn exceeds(code: &'static str, what: &str, limit: impl std::fmt::Display) -> ServerError {
    coded(code, format!("document has more than {limit} {what}"), None)
}

fn unmeasurable(reason: Unmeasurable) -> ServerError {
    match reason {
        Unmeasurable::TooDeep(pos) => coded("DOCUMENT_TOO_DEEP", "selections are nested too deep", Some(pos)),
        Unmeasurable::Cycle(pos) => coded("FRAGMENT_CYCLE", "fragment spreads itself", Some(pos)),
    }
}

/// The operation that `name` selects; a document with one operation needs no name.
fn select<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> ServerResult<&'a OperationDefinition> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    };
    found.map(|operation| &operation.node).ok_or_else(|| {
        coded(
            "OPERATION_NOT_FOUND",
            "operationName selects no operation of the document",
            None,
        )
    })
}

/// No text has the character U+0000, and PostgreSQL takes none that has: the caller hears that, and not of a fault of the service.
fn check_characters(request: &Request) -> ServerResult<()> {
    let written = request.query.contains(NUL) || request.query.contains("\\u0000") || request.query.contains("\\u{0}");
    if written || request.variables.values().any(holds_nul) {
        let message = "a text holds the character U+0000";
        return Err(coded("CHARACTER_NOT_ALLOWED", message, None));
    }
    Ok(())
}

const NUL: char = '\0';

/// Whether a text in a value, or the name of one, holds the character. Variables are parsed from JSON, which is no deeper than its parser
/// allows.
fn holds_nul(value: &async_graphql::Value) -> bool {
    match value {
        async_graphql::Value::String(text) => text.contains(NUL),
        async_graphql::Value::List(values) => values.iter().any(holds_nul),
        async_graphql::Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains(NUL) || holds_nul(value)),
        _ => false,
    }
}

/// A required variable that is missing or null fails before execution, as the specification of GraphQL asks.
fn check_variables(operation: &OperationDefinition, variables: &Variables) -> ServerResult<()> {
    for definition in &operation.variable_definitions {
        let required = !definition.node.var_type.node.nullable;
        let given = match variables.get(&definition.node.name.node) {
            Some(async_graphql::Value::Null) => false,
            Some(_) => true,
            None => definition.node.default_value.is_some(),
        };
        if required && !given {
            let message = "a required variable is missing or null";
            return Err(coded("GRAPHQL_VALIDATION_FAILED", message, Some(definition.pos)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(query: impl Into<String>) -> Result<OperationType, String> {
        admit_request(Request::new(query))
    }

    #[test]
    fn no_text_may_hold_the_character_that_databases_refuse() {
        let named = |name: &str| {
            let variables = Variables::from_json(serde_json::json!({ "f": { "names": ["a", name] } }));
            admit_request(Request::new("query Q($f: Filter) { hello(f: $f) }").variables(variables))
        };
        let refused = Err("CHARACTER_NOT_ALLOWED".to_owned());
        assert_eq!(named("b"), Ok(OperationType::Query));
        assert_eq!(named("b\0"), refused);
        assert_eq!(admit(r#"{ hello(name: "a\u0000") }"#), refused);
    }

    fn admit_request(mut request: Request) -> Result<OperationType, String> {
        Limits::default().admit(&mut request).map_err(|error| {
            let code = error
                .extensions
                .as_ref()
                .and_then(|extensions| extensions.get("code").cloned());
            match code {
                Some(async_graphql::Value::String(code)) => code,
                other => format!("no code: {other:?}"),
            }
        })
    }

    fn refusal(query: impl Into<String>) -> String {
        admit(query).expect_err("the document must be refused")
    }

    #[test]
    fn each_limit_answers_its_own_code() {
        assert_eq!(
            refusal(format!("{{ a }} #{}", "x".repeat(16 * 1024))),
            "DOCUMENT_TOO_LARGE"
        );
        assert_eq!(refusal("{"), "GRAPHQL_PARSE_FAILED");
        assert_eq!(
            refusal(format!("{}a{}", "{a".repeat(16), "}".repeat(16))),
            "DOCUMENT_TOO_DEEP"
        );
        assert_eq!(refusal("{ ...F } fragment F on Q { ...F }"), "FRAGMENT_CYCLE");
        assert_eq!(
            refusal(format!("{{ {} }}", "...F ".repeat(21) + "} fragment F on Q { a")),
            "TOO_MANY_ROOT_FIELDS"
        );
        let aliases: String = (0..51).map(|n| format!("a{n}: b ")).collect();
        assert_eq!(refusal(format!("{{ {aliases} }}")), "TOO_MANY_ALIASES");
        assert_eq!(
            refusal(format!("{{ {} }}", "__typename ".repeat(500))),
            "QUERY_TOO_COMPLEX"
        );
        assert_eq!(refusal("{ a @x @x @x @x @x }"), "TOO_MANY_DIRECTIVES");
        let operations: String = (0..11).map(|n| format!("query Q{n} {{ a }} ")).collect();
        assert_eq!(refusal(operations), "TOO_MANY_OPERATIONS");
        assert_eq!(refusal("query A { a } query B { b }"), "OPERATION_NOT_FOUND");
        assert_eq!(
            refusal("{ cases(first: 100) { nodes { a { b { c } } } } }"),
            "COST_LIMIT"
        );
        assert_eq!(
            refusal("{ a: caseByReceipt(r: 1) { id } b: caseByReceipt(r: 2) { id } }"),
            "FIELD_REPEATED"
        );
        assert_eq!(refusal("query Q($id: ID!) { a(id: $id) }"), "GRAPHQL_VALIDATION_FAILED");
        let circular = "{ __schema { types { fields { type { fields { name } } } } } }";
        assert_eq!(refusal(circular), "INTROSPECTION_LIMIT");
        assert_eq!(refusal("{ __schema { types { a: name } } }"), "INTROSPECTION_LIMIT");
    }

    #[test]
    fn fragments_are_bounded_even_when_no_operation_spreads_them() {
        let mut text = "{ a }".to_owned();
        for n in 0..20 {
            text.push_str(&format!(" fragment F{n} on Q {{ ...F{m} ...F{m} }}", m = n + 1));
        }
        text.push_str(" fragment F20 on Q { a }");
        assert_eq!(refusal(text), "QUERY_TOO_COMPLEX");
    }

    #[test]
    fn an_honest_document_passes_and_tells_its_kind() {
        assert_eq!(admit("{ __typename }"), Ok(OperationType::Query));
        assert_eq!(
            admit("mutation M { fileReport(input: {}) { case { id } } }"),
            Ok(OperationType::Mutation)
        );
        assert_eq!(
            admit("subscription { caseUpdated(caseId: 1) { id } }"),
            Ok(OperationType::Subscription)
        );
        let named = Request::new("query A { a } mutation B { b }").operation_name("B");
        assert_eq!(admit_request(named), Ok(OperationType::Mutation));
    }

    #[test]
    fn the_cap_of_the_caller_decides() {
        let query = "{ cases(first: 100) { nodes { parties { name } documents { id } } } }";
        assert_eq!(refusal(query), "COST_LIMIT");
        assert!(admit_request(Request::new(query).data(CostCap(1_000))).is_ok());
    }

    #[test]
    fn long_lists_cost_what_they_are_however_often_they_are_named() {
        let lists = |times: usize| {
            let list =
                |n| format!("p{n}: procedures {{ events {{ form title hint }} filing {{ form }} states {{ title }} }}");
            let lists: Vec<String> = (0..times).map(list).collect();
            format!("{{ {} }}", lists.join(" "))
        };
        assert_eq!(admit(lists(1)), Ok(OperationType::Query));
        assert_eq!(refusal(lists(20)), "COST_LIMIT");
        let query =
            "{ cases(first: 100) { nodes { procedure { events { form } filing { form } } series { score } } } }";
        assert_eq!(
            admit_request(Request::new(query).data(CostCap(1_000))),
            Err("COST_LIMIT".to_owned())
        );
    }

    #[test]
    fn a_big_variable_used_often_is_refused() {
        let list: Vec<u32> = (0..10_000).collect();
        let uses: String = (0..10).map(|n| format!("f{n}(l: $l) ")).collect();
        let variables = Variables::from_json(serde_json::json!({ "l": list }));
        let request = Request::new(format!("query Q($l: [Int]) {{ {uses} }}")).variables(variables);
        assert_eq!(admit_request(request), Err("QUERY_TOO_COMPLEX".to_owned()));
    }

    #[test]
    fn parse_errors_tell_the_place_and_not_the_text() {
        let mut request = Request::new("{ a(secret: \"hunter2\" }");
        let error = Limits::default().admit(&mut request).unwrap_err();
        assert!(!error.message.contains("hunter2"));
        assert_eq!(error.locations.len(), 1);
    }
}
