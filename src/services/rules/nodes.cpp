#include "nodes.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compare.hpp"

namespace minben::rules {

Value from_truth(std::optional<bool> truth) { return truth ? Value(*truth) : Value(); }

Value read(const Machine& machine, Reference reference) {
  switch (reference.place) {
    case Reference::Place::slot:
      return machine.frame.slots[reference.index];
    case Reference::Place::capture:
      return machine.frame.captures[reference.index];
    case Reference::Place::self:
      return *machine.frame.self;
  }
  return {};
}

const Value& see(const Machine& machine, Reference reference, Value& room) {
  if (reference.place == Reference::Place::slot) return machine.frame.slots[reference.index];
  if (reference.place == Reference::Place::capture) return machine.frame.captures[reference.index];
  return room = read(machine, reference);
}

Value ItemEntry::eval(Machine& machine) const {
  Value room;
  return find(machine, room);
}
const Value& ItemEntry::find(Machine& machine, Value& room) const {
  Value self;
  const Value& value = see(machine, item, self);
  if (const Context* context = value.context())
    if (const Value* entry = context->find(name)) return &value == &self ? room = *entry : *entry;
  return outer ? outer->look(machine, room) : room = {};
}

Value If::eval(Machine& machine) const {
  Value room;
  return (condition->look(machine, room).is_true() ? then : otherwise)->run(machine);
}

Value Logic::eval(Machine& machine) const {
  // "and": false wins, then null, then true. "or" is the mirror image.
  bool unknown = false;
  Value room;
  for (const NodePtr& operand : operands) {
    const Value& value = operand->look(machine, room);
    const bool* truth = value.boolean();
    if (truth && *truth != is_and) return *truth;
    unknown = unknown || !truth;
  }
  return unknown ? Value() : Value(is_and);
}

Value Arithmetic::eval(Machine& machine) const {
  Value left, right;
  const Value* value = &first->look(machine, left);
  for (const auto& [op, operand] : rest) {
    if (machine.stopped()) return {};
    left = calculate(machine, op, *value, operand->look(machine, right));
    value = &left;
  }
  return value == &left ? std::move(left) : *value;
}
Value Negation::eval(Machine& machine) const { return negate(machine, operand->run(machine)); }

std::optional<bool> compare(Comparison comparison, const Value& a, const Value& b) {
  if (comparison == Comparison::equal) return equal(a, b);
  if (comparison == Comparison::not_equal) {
    const auto same_value = equal(a, b);
    return same_value ? std::optional(!*same_value) : std::nullopt;
  }
  const auto ordering = order(a, b);
  if (!ordering) return std::nullopt;
  switch (comparison) {
    case Comparison::less:
      return *ordering < 0;
    case Comparison::less_equal:
      return *ordering <= 0;
    case Comparison::greater:
      return *ordering > 0;
    default:
      return *ordering >= 0;
  }
}

Value Compare::eval(Machine& machine) const {
  Value left_room, right_room;
  const Value& a = left->look(machine, left_room);
  const Value& b = right->look(machine, right_room);
  const auto truth = compare(comparison, a, b);
  if (!truth && !a.is_null() && !b.is_null())
    return machine.null(
        fmt::format("cannot compare {} with {}", name_of(a.kind()), name_of(b.kind())));
  return from_truth(truth);
}

Value Between::eval(Machine& machine) const {
  const Value v = value->run(machine), a = low->run(machine), b = high->run(machine);
  const auto above = compare(Comparison::greater_equal, v, a),
             below = compare(Comparison::less_equal, v, b);
  if (!above || !below) return {};
  return *above && *below;
}

Value In::eval(Machine& machine) const {
  machine.frame.slots[slot] = value->run(machine);
  return tests->run(machine);
}

Value InstanceOf::eval(Machine& machine) const {
  return is_instance(machine, value->run(machine), type.get());
}

Value Path::eval(Machine& machine) const {
  Value room;
  return property(machine, base->look(machine, room), name);
}
const Value& Path::find(Machine& machine, Value& room) const {
  Value whole;
  const Value& value = base->look(machine, whole);
  const Context* context = value.context();
  const Value* entry = context ? context->find(name) : nullptr;
  // What lives in `whole` ends here.
  if (entry && &value != &whole) return *entry;
  return room = entry ? *entry : property(machine, value, name);
}

namespace {
Value item_at(const List& list, const Decimal& index) {
  const auto position = index.to_integer();
  const auto size = static_cast<std::int64_t>(list.size());
  if (!position || *position == 0 || *position > size || *position < -size) return {};
  return list[static_cast<std::size_t>(*position > 0 ? *position - 1 : size + *position)];
}
}  // namespace

Value Filter::eval(Machine& machine) const {
  Value room;
  const Value& whole = base->look(machine, room);
  List single;
  if (!whole.list() && !whole.is_null()) single.push_back(whole);
  const List& list = whole.list() ? *whole.list() : single;
  if (const Value* fixed = condition->constant(); fixed && fixed->number())
    return item_at(list, *fixed->number());

  List kept;
  machine.frame.slots[item_slot] = list.empty() ? Value() : list.front();
  Value verdict_room;
  const Value* verdict = &condition->look(machine, verdict_room);
  if (verdict->number()) return item_at(list, *verdict->number());
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) {
      machine.frame.slots[item_slot] = list[i];
      verdict = &condition->look(machine, verdict_room);
    }
    if (machine.stopped()) return {};
    if (strict && !verdict->boolean() && !verdict->is_null())
      return machine.null("the condition of a filter is no boolean");
    if (verdict->is_true() && machine.allow(1)) kept.push_back(list[i]);
  }
  return kept;
}

Value Call::eval(Machine& machine) const {
  std::shared_ptr<const Function> target;
  if (!fixed) {
    target = function->run(machine).shared_function();
    if (!target) return machine.null("what is called is not a function");
  }
  constexpr std::size_t small = 4;
  std::array<Value, small> few;
  List many;
  std::span<Value> values(few.data(), std::min(arguments.size(), small));
  if (arguments.size() > small) {
    many.resize(arguments.size());
    values = many;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) values[i] = arguments[i]->run(machine);
  if (machine.stopped()) return {};
  if (fixed) return fixed->call(machine, values);
  return names.empty() ? call_function(machine, target, values)
                       : call_named(machine, target, names, values);
}

Value ListOf::eval(Machine& machine) const {
  if (!machine.allow(items.size())) return {};
  List list;
  list.reserve(items.size());
  for (const NodePtr& item : items) list.push_back(item->run(machine));
  return list;
}

Value ContextOf::eval(Machine& machine) const {
  if (!machine.allow(entries.size())) return {};
  Context context;
  for (const Entry& entry : entries) {
    Value value = entry.value->run(machine);
    machine.frame.slots[entry.slot] = value;
    if (context.find(entry.name))
      return machine.null("a context with two entries of the same name");
    context.set(entry.name, std::move(value));
  }
  return context;
}

Value RangeOf::eval(Machine& machine) const {
  Range range;
  range.low_included = low_included;
  range.high_included = high_included;
  range.form = form;
  if (low) range.low = low->run(machine);
  if (high) range.high = high->run(machine);
  // An end that is written but null makes no range; ends must be of one ordered kind.
  if ((low && range.low.is_null()) || (high && range.high.is_null())) return {};
  if (low && high && form == Range::Form::interval && !order(range.low, range.high))
    return machine.null("the ends of a range cannot be compared");
  return range;
}

namespace {
class UserFunction final : public Function, public std::enable_shared_from_this<UserFunction> {
 public:
  UserFunction(std::shared_ptr<const FunctionCode> code, List captures)
      : code_(std::move(code)), captures_(std::move(captures)) {}
  [[nodiscard]] std::string_view name() const override { return code_->name; }
  [[nodiscard]] std::span<const std::vector<std::string>> signatures() const override {
    return code_->signatures;
  }
  [[nodiscard]] const FunctionType* type() const override { return &code_->type; }
  [[nodiscard]] Value call(Machine& machine, std::span<const Value> arguments) const override {
    List values(arguments.begin(), arguments.end());
    const auto& types = code_->type.parameters;
    for (std::size_t i = 0; i < values.size() && i < types.size(); ++i) {
      auto fitted = coerce(machine, std::move(values[i]), types[i].get());
      if (!fitted)
        return machine.null(fmt::format("argument {} of {} has the wrong type", i + 1, name()));
      values[i] = std::move(*fitted);
    }
    const std::shared_ptr<const Function> self = shared_from_this();
    Value result = run_in_frame(machine, *code_->body, code_->slots, values, captures_, &self);
    return coerce_or_null(machine, std::move(result), code_->type.result.get(), "the result");
  }

 private:
  std::shared_ptr<const FunctionCode> code_;
  List captures_;
};
}  // namespace

std::shared_ptr<const Function> make_function(std::shared_ptr<const FunctionCode> code,
                                              List captures) {
  return std::make_shared<const UserFunction>(std::move(code), std::move(captures));
}

Value FunctionLiteral::eval(Machine& machine) const {
  List values;
  for (const Reference reference : captures) values.push_back(read(machine, reference));
  return make_function(code, std::move(values));
}

std::optional<bool> accepts(const Value& test, const Value& input) {
  if (test.is_null()) return input.is_null() ? std::optional(true) : std::nullopt;
  if (const Range* range = test.range(); range && !input.range()) return contains(*range, input);
  if (const List* list = test.list()) {
    if (equal(test, input).value_or(false)) return true;
    return std::ranges::any_of(*list, [&](const Value& item) {
      const Range* range = item.range();
      return (range ? contains(*range, input) : equal(item, input)).value_or(false);
    });
  }
  return equal(test, input).value_or(false);
}

Value CompareTest::eval(Machine& machine) const {
  const Value& input = machine.frame.slots[slot];
  if (const Value* fixed = end->constant()) return from_truth(compare(comparison, input, *fixed));
  const Value limit = end->run(machine);
  return from_truth(compare(comparison, machine.frame.slots[slot], limit));
}

Value ValueTest::eval(Machine& machine) const {
  if (const Value* fixed = value->constant())
    return from_truth(accepts(*fixed, machine.frame.slots[slot]));
  const Value test = value->run(machine);
  if (uses_input && test.boolean()) return test;
  const auto truth = accepts(test, machine.frame.slots[slot]);
  return from_truth(truth);
}

Value TestList::eval(Machine& machine) const {
  bool unknown = false;
  for (const NodePtr& test : tests) {
    const Value truth = test->run(machine);
    if (truth.is_true()) return !negated;
    unknown = unknown || !truth.boolean();
  }
  return unknown ? Value() : Value(negated);
}

}  // namespace minben::rules
