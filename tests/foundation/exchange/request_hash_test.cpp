// X-Road's request hash against vectors that were made without this program
// (tests/foundation/exchange/vectors/make.sh: openssl and base64).
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "exchange/message.hpp"
#include "exchange/statement.hpp"
#include "exchange/values.hpp"
#include "support/shared.hpp"

namespace minben::exchange::test {
namespace {

const std::string folder = MINBEN_SOURCE_DIR "/tests/foundation/exchange/vectors/";

std::string body_of(const Json& vector) {
  const auto letters = get_integer(vector, "letters_a");
  return letters ? std::string(static_cast<std::size_t>(*letters), 'a')
                 : get_string(vector, "body").value();
}

TEST(RequestHash, IsWhatIndependentToolsMake) {
  const auto vectors = parse_json(minben::test::read_file(folder + "request_hash.json"));
  ASSERT_TRUE(vectors && vectors->is_array());
  ASSERT_GE(vectors->as_array().size(), 17u);
  for (const Json& vector : vectors->as_array()) {
    net::Headers fields;
    std::string head = get_string(vector, "method").value() + "\r\n" +
                       get_string(vector, "target").value() + "\r\n";
    for (const Json& field : vector.at("fields").as_array()) {
      const std::string name(field.at(0).as_string()), value(field.at(1).as_string());
      fields.add(name, value);
      head += name + ":" + value + "\r\n";
    }
    const std::string body = body_of(vector);
    const std::string hash = get_string(vector, "hash").value();
    EXPECT_EQ(request_hash(parse_method(get_string(vector, "method").value()).value(),
                           get_string(vector, "target").value(), fields, body),
              hash)
        << string_or(vector, "name");
    // What is sealed is the same hash.
    EXPECT_EQ(base64_encode(
                  message_hash(head, body.empty() ? std::nullopt : std::optional(sha512(body)))),
              hash)
        << string_or(vector, "name");
  }
}

TEST(RequestHash, VectorsAreWhatTheirCommandsMake) {
  const minben::test::TemporaryDirectory made;
  const std::string file = (made.path() / "request_hash.json").string();
  ASSERT_EQ(std::system(fmt::format("'{}make.sh' > '{}'", folder, file).c_str()), 0);
  EXPECT_EQ(minben::test::read_file(file), minben::test::read_file(folder + "request_hash.json"));
}

}  // namespace
}  // namespace minben::exchange::test
