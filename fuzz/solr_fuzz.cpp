// Queries and sort orders that clients of CKAN send: what is read is a condition no larger than
// what was written, with fields that have values, and reads the same again.
#include "solr.hpp"

namespace {

using minben::catalogue::Condition;

struct Size {
  std::size_t conditions = 0;
  std::size_t depth = 0;
};

Size size_of(const Condition& condition) {
  Size size{1, 1};
  for (const Condition& part : condition.parts) {
    const Size inner = size_of(part);
    size.conditions += inner.conditions;
    size.depth = std::max(size.depth, inner.depth + 1);
  }
  return size;
}

void check(const Condition& condition) {
  using Kind = Condition::Kind;
  if (condition.kind == Kind::is || condition.kind == Kind::like || condition.kind == Kind::words)
    MINBEN_ASSERT(condition.parts.empty());
  for (const Condition& part : condition.parts) check(part);
}

bool same(const Condition& a, const Condition& b) {
  return a.kind == b.kind && a.field == b.field && a.value == b.value && a.moment == b.moment &&
         a.from == b.from && a.to == b.to && std::ranges::equal(a.parts, b.parts, same);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::interop;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Instant now = parse_instant("2026-11-30T04:05:06Z").value();
  // The first line is q, the others are fq.
  std::vector<std::string> filters;
  for (const std::string_view each : split(text, '\n')) filters.emplace_back(each);
  const std::string q = filters.front();
  filters.erase(filters.begin());
  const auto read = read_solr(q, filters, now);
  if (read) {
    check(read->where);
    const Size made = size_of(read->where);
    MINBEN_ASSERT(made.conditions <= 8 * (text.size() + filters.size() + 1));
    MINBEN_ASSERT(made.depth <= 200);
    const auto again = read_solr(q, filters, now);
    MINBEN_ASSERT(again && again->words == read->words && same(again->where, read->where));
  } else {
    MINBEN_ASSERT(read.error().kind == Kind::invalid);
  }
  (void)read_sort(text);
  (void)facet_field(text);
  return 0;
}
