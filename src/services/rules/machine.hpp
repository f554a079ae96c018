#pragma once
// The machine that runs programs: a tree of immutable nodes, evaluated against a frame of slots.
// One Machine lives for one evaluation on one thread and enforces its limits.
#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules.hpp"

namespace minben::rules {

class Machine;

/// The variables of a running expression or function body.
struct Frame {
  Value* slots = nullptr;
  std::span<const Value> captures;  ///< values a function took from where it was made
  const std::shared_ptr<const Function>* self = nullptr;  ///< the running function, for recursion
};

/// A step of a program. `at` is the offset in the expression's text, for messages.
class Node {
 public:
  virtual ~Node() = default;
  /// Counts the step and its depth; null once a limit was reached.
  Value run(Machine& machine) const;
  /// The same without a copy where the value lives already: in the frame or in the program. Else it
  /// is put into `room`. Good until the frame's slot is set anew.
  const Value& look(Machine& machine, Value& room) const;
  /// The value when it does not depend on anything; used by the analysis and for constant folding.
  [[nodiscard]] virtual const Value* constant() const { return nullptr; }

  std::uint32_t at = 0;

 private:
  [[nodiscard]] virtual Value eval(Machine& machine) const = 0;
  virtual const Value& find(Machine& machine, Value& room) const { return room = eval(machine); }
};
using NodePtr = std::shared_ptr<const Node>;

/// What FEEL can call.
class Function {
 public:
  virtual ~Function() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Alternative lists of parameter names; "name?" may be missing, "name..." may repeat,
  /// "name:list" must be a list and "name:one" must not be one when it is given by name.
  [[nodiscard]] virtual std::span<const std::vector<std::string>> signatures() const = 0;
  [[nodiscard]] virtual Value call(Machine& machine, std::span<const Value> arguments) const = 0;
  /// Declared types of parameters and result, as `instance of` compares them; empty when not typed.
  [[nodiscard]] virtual const struct FunctionType* type() const { return nullptr; }
};

class Machine {
 public:
  explicit Machine(const Options& options)
      : options_(options),
        steps_left_(static_cast<std::int64_t>(std::min(options.limits.max_steps, most_steps))),
        depth_left_(options.limits.max_depth) {}

  bool enter() {
    --depth_left_;
    return step() && (depth_left_ >= 0 || stop("max_depth"));
  }
  void leave() { ++depth_left_; }
  /// A turn of a loop that runs no node; false once the machine has stopped.
  bool step() { return --steps_left_ >= 0 || stop("max_steps"); }
  /// Accounts for list items, or 16-byte pieces of text, before they are made.
  bool allow(std::size_t elements) {
    if (elements > options_.limits.max_elements - elements_) return stop("max_elements");
    elements_ += elements;
    return !stopped();
  }
  bool allow_text(std::size_t bytes) { return allow(bytes / 16 + 1); }
  [[nodiscard]] bool stopped() const { return !stopped_.empty(); }
  [[nodiscard]] std::string_view stop_reason() const { return stopped_; }

  /// Null, with a warning that names what was being evaluated. At most 100 warnings are kept.
  Value null(std::string_view why);
  std::vector<std::string>& warnings() { return warnings_; }
  std::string_view place;  ///< the decision being evaluated, e.g. "Fee"
  std::vector<FiredRule> fired;

  [[nodiscard]] const Options& options() const { return options_; }
  Frame frame;
  class Run* run = nullptr;  ///< the model being evaluated; null for a bare expression

 private:
  static constexpr std::uint64_t most_steps = std::uint64_t{1} << 62;

  /// Always false. From here on there are no steps left.
  bool stop(std::string_view reason) {
    if (stopped_.empty()) stopped_ = reason;
    steps_left_ = 0;
    return false;
  }
  const Options& options_;
  std::int64_t steps_left_;
  int depth_left_;
  std::uint64_t elements_ = 0;
  std::string_view stopped_;
  std::vector<std::string> warnings_;
};

inline Value Node::run(Machine& machine) const {
  if (!machine.enter()) {
    machine.leave();
    return {};
  }
  Value value = eval(machine);
  machine.leave();
  return value;
}

inline const Value& Node::look(Machine& machine, Value& room) const {
  if (!machine.enter()) {
    machine.leave();
    return room = {};
  }
  const Value& value = find(machine, room);
  machine.leave();
  return value;
}

/// Runs `body` with its own slots. `slot_count` was fixed by the parser.
Value run_in_frame(Machine& machine, const Node& body, std::size_t slot_count,
                   std::span<const Value> first_slots, std::span<const Value> captures = {},
                   const std::shared_ptr<const Function>* self = nullptr);
/// The same with slots that `fill(Value* slots)` sets where they are.
template <std::invocable<Value*> Fill>
Value run_in_frame(Machine& machine, const Node& body, std::size_t slot_count, Fill&& fill,
                   std::span<const Value> captures = {},
                   const std::shared_ptr<const Function>* self = nullptr) {
  constexpr std::size_t small = 8;
  const auto run = [&](Value* slots) {
    fill(slots);
    const Frame before = std::exchange(machine.frame, Frame{slots, captures, self});
    Value value = body.run(machine);
    machine.frame = before;
    return value;
  };
  if (slot_count <= small) {
    std::array<Value, small> few;
    return run(few.data());
  }
  std::vector<Value> many(slot_count);
  return run(many.data());
}

/// Has the function a list of parameters for so many arguments in order?
bool takes(const Function& function, std::size_t arguments);
/// Calls with the arguments in order; null with a warning when their number does not fit.
Value call_function(Machine& machine, const std::shared_ptr<const Function>& function,
                    std::span<const Value> arguments);
/// Calls with named arguments.
Value call_named(Machine& machine, const std::shared_ptr<const Function>& function,
                 std::span<const std::string> names, std::span<const Value> arguments);

}  // namespace minben::rules
