#pragma once
// The machine that runs programs: a tree of immutable nodes, evaluated against a frame of slots.
// One Machine lives for one evaluation on one thread and enforces its limits.
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
  /// The value when it does not depend on anything; used by the analysis and for constant folding.
  [[nodiscard]] virtual const Value* constant() const { return nullptr; }

  std::uint32_t at = 0;

 private:
  [[nodiscard]] virtual Value eval(Machine& machine) const = 0;
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
  explicit Machine(const Options& options) : options_(options) {}

  bool enter() {
    if (++steps_ > options_.limits.max_steps) stop("max_steps");
    if (++depth_ > options_.limits.max_depth) stop("max_depth");
    return stopped_.empty();
  }
  void leave() { --depth_; }
  /// A turn of a loop that runs no node; false once the machine has stopped.
  bool step() {
    if (++steps_ > options_.limits.max_steps) stop("max_steps");
    return stopped_.empty();
  }
  /// Accounts for list items, or 16-byte pieces of text, before they are made.
  bool allow(std::size_t elements) {
    if (elements > options_.limits.max_elements - elements_) stop("max_elements");
    else elements_ += elements;
    return stopped_.empty();
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
  void stop(std::string_view reason) {
    if (stopped_.empty()) stopped_ = reason;
  }
  const Options& options_;
  std::uint64_t steps_ = 0;
  std::uint64_t elements_ = 0;
  int depth_ = 0;
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

/// Runs `body` with its own slots. `slot_count` was fixed by the parser.
Value run_in_frame(Machine& machine, const Node& body, std::size_t slot_count,
                   std::span<const Value> first_slots, std::span<const Value> captures = {},
                   const std::shared_ptr<const Function>* self = nullptr);

/// Calls with the arguments in order; null with a warning when their number does not fit.
Value call_function(Machine& machine, const std::shared_ptr<const Function>& function,
                    std::span<const Value> arguments);
/// Calls with named arguments.
Value call_named(Machine& machine, const std::shared_ptr<const Function>& function,
                 std::span<const std::string> names, std::span<const Value> arguments);

}  // namespace minben::rules
