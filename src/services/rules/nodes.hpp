#pragma once
// The node types of FEEL programs, as the parser builds them. Chains of one precedence are flat
// lists, so that long expressions do not become deep trees.
#include <string>
#include <utility>
#include <vector>

#include "machine.hpp"
#include "type.hpp"

namespace minben::rules {

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };
enum class Operator : std::uint8_t { add, subtract, multiply, divide, power };

/// a ? b in three-valued logic; nullopt is null.
std::optional<bool> compare(Comparison comparison, const Value& a, const Value& b);
/// null with a warning when the kinds do not fit (§10.3.2.11, tables 52, 53, 57).
Value calculate(Machine& machine, Operator op, const Value& a, const Value& b);
Value negate(Machine& machine, const Value& value);
/// `.name` of contexts, lists of contexts, dates, times, durations and ranges.
Value property(Machine& machine, const Value& value, const std::string& name);
/// Does one value (an expression's result) as a positive unary test accept `input`?
std::optional<bool> accepts(const Value& test, const Value& input);
Value from_truth(std::optional<bool> truth);

struct Constant final : Node {
  explicit Constant(Value v) : value(std::move(v)) {}
  [[nodiscard]] const Value* constant() const override { return &value; }
  [[nodiscard]] Value eval(Machine&) const override { return value; }
  const Value& find(Machine&, Value&) const override { return value; }
  Value value;
};

/// Where a variable is found at run time.
struct Reference {
  enum class Place : std::uint8_t { slot, capture, self };
  Place place = Place::slot;
  std::size_t index = 0;
  friend bool operator==(const Reference&, const Reference&) = default;
};
Value read(const Machine& machine, Reference reference);
const Value& see(const Machine& machine, Reference reference, Value& room);

struct VariableNode final : Node {
  explicit VariableNode(Reference r) : reference(r) {}
  [[nodiscard]] Value eval(Machine& machine) const override { return read(machine, reference); }
  const Value& find(Machine& machine, Value& room) const override {
    return see(machine, reference, room);
  }
  Reference reference;
};

/// A name inside a filter: an entry of the item when it is a context with that entry, else `outer`.
struct ItemEntry final : Node {
  ItemEntry(Reference i, std::string n, NodePtr o)
      : item(i), name(std::move(n)), outer(std::move(o)) {}
  [[nodiscard]] Value eval(Machine& machine) const override;
  const Value& find(Machine& machine, Value& room) const override;
  Reference item;
  std::string name;
  NodePtr outer;  ///< may be null
};

struct If final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr condition, then, otherwise;
};

/// a and b and …; a or b or …
struct Logic final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  bool is_and = true;
  std::vector<NodePtr> operands;
};

/// first op operand op operand …, from the left
struct Arithmetic final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr first;
  std::vector<std::pair<Operator, NodePtr>> rest;
};

struct Negation final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr operand;
};

struct Compare final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  Comparison comparison = Comparison::equal;
  NodePtr left, right;
};

struct Between final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr value, low, high;
};

/// `value in tests`: the tests read the value from `slot`.
struct In final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::size_t slot = 0;
  NodePtr value, tests;
};

struct InstanceOf final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr value;
  TypePtr type;
};

struct Path final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  const Value& find(Machine& machine, Value& room) const override;
  NodePtr base;
  std::string name;
};

struct Filter final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr base, condition;
  std::size_t item_slot = 0;
  bool strict = false;  ///< boxed filters are null when the condition is neither boolean nor null
};

struct Call final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr function;
  std::vector<NodePtr> arguments;
  std::vector<std::string> names;  ///< empty for positional arguments
  /// Of a built-in with so many positional arguments as it takes: nothing is left to check.
  const Function* fixed = nullptr;
};

struct ListOf final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::vector<NodePtr> items;
};

/// Entries see the earlier ones through their slots.
struct ContextOf final : Node {
  struct Entry {
    std::string name;
    std::size_t slot;
    NodePtr value;
  };
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::vector<Entry> entries;
};

/// [low..high], or with one end only for `< 5` in parentheses.
struct RangeOf final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  NodePtr low, high;  ///< a missing node is an open end
  bool low_included = false, high_included = false;
  Range::Form form = Range::Form::interval;
};

/// One `name in domain`; a domain a..b has two nodes.
struct Iteration {
  std::size_t slot = 0;
  NodePtr domain, to;
};

struct For final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::vector<Iteration> iterations;
  std::size_t partial_slot = 0;
  bool uses_partial = false;
  NodePtr body;
};

struct Quantified final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  bool is_every = false;
  std::vector<Iteration> iterations;
  NodePtr condition;
};

/// The parts of a function that do not depend on where it is made.
struct FunctionCode {
  std::vector<std::vector<std::string>> signatures;  ///< exactly one
  FunctionType type;
  NodePtr body;
  std::size_t slots = 0;
  std::string name;
};
struct FunctionLiteral final : Node {
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::shared_ptr<const FunctionCode> code;
  std::vector<Reference> captures;
};
/// A callable from code and captured values.
std::shared_ptr<const Function> make_function(std::shared_ptr<const FunctionCode> code,
                                              List captures);

// Unary tests. Each gives true, false or null for the value in `slot`.

struct AnyTest final : Node {  ///< `-`
  [[nodiscard]] Value eval(Machine&) const override { return true; }
};
struct CompareTest final : Node {  ///< `< e`
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::size_t slot = 0;
  Comparison comparison = Comparison::equal;
  NodePtr end;
};
struct ValueTest final : Node {  ///< an expression, perhaps with `?` in it
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::size_t slot = 0;
  NodePtr value;
  bool uses_input = false;
};
struct TestList final : Node {  ///< any of them; negated for not(…)
  [[nodiscard]] Value eval(Machine& machine) const override;
  std::vector<NodePtr> tests;
  bool negated = false;
};

}  // namespace minben::rules
