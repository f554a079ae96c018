// What publishers send to a live stream: any bytes, as JSON or as lines. What is taken is one line
// of JSON within the bounds, with the fields of the stream and nothing else, and is taken again
// unchanged.
#include <cstdlib>

#include "record_reader.hpp"

using namespace minben;
using namespace minben::streams;

namespace {

const std::vector<Field>& fields() {
  static const std::vector<Field> all{
      {"k", "", intake::Type::text, ""},   {"i", "", intake::Type::integer, ""},
      {"n", "", intake::Type::number, ""}, {"b", "", intake::Type::boolean, ""},
      {"d", "", intake::Type::date, ""},   {"t", "", intake::Type::timestamp, ""}};
  return all;
}

void check(std::string_view body, bool lines) {
  const Limits limits;
  const auto read = read_records(body, lines, fields(), "k", limits);
  if (!read) {
    if (read.error().empty() || read.error().size() > 20) std::abort();
    return;
  }
  if (read->empty() || read->size() > limits.max_records) std::abort();
  for (const ReadRecord& record : *read) {
    if (record.body.size() > limits.max_record_bytes || record.id.size() > 64 ||
        record.body.find('\n') != std::string::npos)
      std::abort();
    const auto again = read_records(record.body, false, fields(), "k", limits);
    if (!again || again->size() != 1 || again->front().body != record.body ||
        again->front().key != record.key)
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  check(body, false);
  check(body, true);
  return 0;
}
