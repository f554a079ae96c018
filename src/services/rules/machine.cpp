#include "machine.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::rules {

Value Machine::null(std::string_view why) {
  constexpr std::size_t most = 100;
  if (warnings_.size() < most)
    warnings_.push_back(place.empty() ? std::string(why) : fmt::format("{} in '{}'", why, place));
  return {};
}

Value run_in_frame(Machine& machine, const Node& body, std::size_t slot_count,
                   std::span<const Value> first_slots, std::span<const Value> captures,
                   const std::shared_ptr<const Function>* self) {
  return run_in_frame(
      machine, body, slot_count, [&](Value* slots) { std::ranges::copy(first_slots, slots); },
      captures, self);
}

namespace {
bool is_optional(std::string_view parameter) { return parameter.ends_with('?'); }
bool repeats(std::string_view parameter) { return parameter.ends_with("..."); }
std::string_view bare(std::string_view parameter) {
  if (repeats(parameter)) parameter.remove_suffix(3);
  if (is_optional(parameter)) parameter.remove_suffix(1);
  return parameter.substr(0, parameter.find(':'));
}
/// "keys:list" and "key:one" tell two lists of the same length apart.
bool fits(std::string_view parameter, const Value& argument) {
  if (parameter.ends_with(":list")) return argument.list();
  return !parameter.ends_with(":one") || !argument.list();
}

bool accepts(const std::vector<std::string>& signature, std::size_t count) {
  const bool open = !signature.empty() && repeats(signature.back());
  const auto required = static_cast<std::size_t>(
      std::ranges::count_if(signature, [](const std::string& p) { return !is_optional(p); }));
  return count >= required && (open || count <= signature.size());
}

/// The arguments in the order of `signature`, cut after the last one given; nullopt if they do not
/// fit.
std::optional<List> in_order(const std::vector<std::string>& signature,
                             std::span<const std::string> names, std::span<const Value> arguments) {
  List ordered(signature.size());
  std::vector<bool> given(signature.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found =
        std::ranges::find_if(signature, [&](const std::string& p) { return bare(p) == names[i]; });
    if (found == signature.end()) return std::nullopt;
    const auto at = static_cast<std::size_t>(found - signature.begin());
    if (given[at] || !fits(*found, arguments[i])) return std::nullopt;
    given[at] = true;
    ordered[at] = arguments[i];
  }
  for (std::size_t i = 0; i < signature.size(); ++i)
    if (!given[i] && !is_optional(signature[i])) return std::nullopt;
  while (!ordered.empty() && !given[ordered.size() - 1]) ordered.pop_back();
  return ordered;
}
}  // namespace

bool takes(const Function& function, std::size_t arguments) {
  return std::ranges::any_of(function.signatures(),
                             [&](const auto& s) { return accepts(s, arguments); });
}

Value call_function(Machine& machine, const std::shared_ptr<const Function>& function,
                    std::span<const Value> arguments) {
  if (!takes(*function, arguments.size()))
    return machine.null(
        fmt::format("{} does not take {} arguments", function->name(), arguments.size()));
  return function->call(machine, arguments);
}

Value call_named(Machine& machine, const std::shared_ptr<const Function>& function,
                 std::span<const std::string> names, std::span<const Value> arguments) {
  for (const auto& signature : function->signatures())
    if (const auto ordered = in_order(signature, names, arguments))
      return function->call(machine, *ordered);
  return machine.null(fmt::format("{} has no such parameters", function->name()));
}

}  // namespace minben::rules
