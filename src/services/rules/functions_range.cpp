// Relations of points and ranges (DMN 1.5 §10.3.4.10, after Allen's interval algebra).
#include "builtin.hpp"
#include "compare.hpp"
#include "core/text.hpp"
#include "parser.hpp"

namespace minben::rules {

namespace {
using Order = std::strong_ordering;

/// A point is the range from itself to itself.
std::optional<Range> span_of(const Value& value) {
  if (const Range* range = value.range()) {
    if (range->form != Range::Form::interval || range->low.is_null() || range->high.is_null())
      return std::nullopt;
    return *range;
  }
  if (!order(value, value)) return std::nullopt;
  return Range{value, value, true, true};
}

struct Pair {
  Range a, b;
  bool a_is_range, b_is_range;
};
std::optional<Pair> pair_of(Arguments arguments) {
  const auto a = span_of(arguments[0]), b = span_of(arguments[1]);
  if (!a || !b || !order(a->low, b->low) || !order(a->high, b->high)) return std::nullopt;
  return Pair{*a, *b, arguments[0].range() != nullptr, arguments[1].range() != nullptr};
}

bool ends_before(const Range& a, const Range& b) {
  const Order o = *order(a.high, b.low);
  return o < 0 || (o == 0 && !(a.high_included && b.low_included));
}
bool meets(const Range& a, const Range& b) {
  return *order(a.high, b.low) == 0 && a.high_included && b.low_included;
}
/// Where the starts are the same point, the one that includes it starts first.
Order order_starts(const Range& a, const Range& b) {
  const Order o = *order(a.low, b.low);
  return o != 0 ? o : b.low_included <=> a.low_included;
}
Order order_ends(const Range& a, const Range& b) {
  const Order o = *order(a.high, b.high);
  return o != 0 ? o : a.high_included <=> b.high_included;
}
bool includes(const Range& a, const Range& b) {
  return order_starts(a, b) <= 0 && order_ends(a, b) >= 0;
}
bool overlaps(const Range& a, const Range& b) { return !ends_before(a, b) && !ends_before(b, a); }
bool overlaps_before(const Range& a, const Range& b) {
  return overlaps(a, b) && order_starts(a, b) < 0 && order_ends(a, b) <= 0;
}
bool starts(const Range& a, const Range& b) {
  return order_starts(a, b) == 0 && order_ends(a, b) <= 0;
}
bool finishes(const Range& a, const Range& b) {
  return order_ends(a, b) == 0 && order_starts(a, b) >= 0;
}
bool coincides(const Range& a, const Range& b) {
  return order_starts(a, b) == 0 && order_ends(a, b) == 0;
}

enum Shapes { any, ranges_only, second_range, first_range };

/// One relation, or its mirror image with `swapped`.
template <bool (*relation)(const Range&, const Range&), Shapes shapes, bool swapped = false>
Value related(Machine&, Arguments arguments) {
  const auto pair = pair_of(arguments);
  if (!pair) return {};
  if ((shapes == ranges_only || shapes == first_range) && !pair->a_is_range) return {};
  if ((shapes == ranges_only || shapes == second_range) && !pair->b_is_range) return {};
  return swapped ? relation(pair->b, pair->a) : relation(pair->a, pair->b);
}

/// A literal end of a range: a number, string, date, time or duration; null when it is none.
Value literal_end(std::string_view text) {
  ParseInput input;
  input.text = text;
  const auto program = parse_expression(input);
  if (!program) return {};
  const Value* value = program->root->constant();  // date("…") has been computed by the parser
  return value ? *value : Value();
}

/// Where the two ends part: ".." outside of strings.
std::size_t dots_of(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == '"') quoted = !quoted;
    else if (!quoted && text.substr(i).starts_with("..")) return i;
  }
  return text.npos;
}

/// range("[18..21)"), range("[2..)"): an end that is missing must be an open one.
Value range_(Machine&, Arguments a) {
  const std::string* from = string_at(a, 0);
  const std::string_view text = from ? trim(*from) : std::string_view();
  const std::size_t dots = dots_of(text);
  if (text.size() < 4 || dots == text.npos || dots == 0) return {};
  if (std::string_view("[(]").find(text.front()) == std::string_view::npos ||
      std::string_view("])[").find(text.back()) == std::string_view::npos)
    return {};
  const std::string_view low = trim(text.substr(1, dots - 1));
  const std::string_view high = trim(text.substr(dots + 2, text.size() - dots - 3));
  Range range{{}, {}, text.front() == '[', text.back() == ']'};
  if (!low.empty()) range.low = literal_end(low);
  if (!high.empty()) range.high = literal_end(high);
  const bool low_fits = low.empty() ? !range.low_included : !range.low.is_null();
  const bool high_fits = high.empty() ? !range.high_included : !range.high.is_null();
  if (!low_fits || !high_fits || (low.empty() && high.empty())) return {};
  if (low.empty() || high.empty()) return range;
  const auto ordering = order(range.low, range.high);
  return ordering && *ordering <= 0 ? Value(range) : Value();
}

constexpr Builtin functions[] = {
    {"before", "point1, point2|point, range|range, point|range1, range2",
     related<ends_before, any>},
    {"after", "point1, point2|point, range|range, point|range1, range2",
     related<ends_before, any, true>},
    {"meets", "range1, range2", related<meets, ranges_only>},
    {"met by", "range1, range2", related<meets, ranges_only, true>},
    {"overlaps", "range1, range2", related<overlaps, ranges_only>},
    {"overlaps before", "range1, range2", related<overlaps_before, ranges_only>},
    {"overlaps after", "range1, range2", related<overlaps_before, ranges_only, true>},
    {"finishes", "point, range|range1, range2", related<finishes, second_range>},
    {"finished by", "range, point|range1, range2", related<finishes, first_range, true>},
    {"includes", "range, point|range1, range2", related<includes, first_range>},
    {"during", "point, range|range1, range2", related<includes, second_range, true>},
    {"starts", "point, range|range1, range2", related<starts, second_range>},
    {"started by", "range, point|range1, range2", related<starts, first_range, true>},
    {"coincides", "point1, point2|range1, range2", related<coincides, any>},
    {"range", "from", range_},
};
}  // namespace

std::span<const Builtin> range_functions() { return functions; }

}  // namespace minben::rules
