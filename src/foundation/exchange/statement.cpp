#include "statement.hpp"

#include <fmt/format.h>

namespace minben::exchange {

namespace {

constexpr std::size_t max_statement = 512;
constexpr std::size_t max_request_id = 128;

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= max_request_id &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::optional<Sha512> read_sha512(std::string_view base64) {
  const auto bytes = base64_decode(base64);
  if (!bytes || bytes->size() != sizeof(Sha512)) return std::nullopt;
  Sha512 digest;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

}  // namespace

std::string_view to_string(Side side) { return side == Side::request ? "request" : "response"; }

std::string write_statement(const Statement& statement) {
  std::string text = fmt::format("minben-message/1\n{}\n{}\n{} {}\n{}\n", to_string(statement.side),
                                 statement.request_id, statement.piece,
                                 statement.last ? "last" : "more", base64_encode(statement.digest));
  if (statement.side == Side::response) text += statement.request_hash + "\n";
  return text;
}

Result<Statement> read_statement(std::string_view text) {
  const auto refuse = [](std::string_view why) {
    return fail(Kind::invalid, "not_a_statement", why);
  };
  if (text.size() > max_statement) return refuse("too long");
  const auto lines = split(text, '\n');  // an empty one follows the last newline
  if (lines.size() < 6 || lines[0] != "minben-message/1") return refuse("not minben-message/1");
  Statement read;
  read.side = lines[1] == "response" ? Side::response : Side::request;
  read.request_id = lines[2];
  const std::size_t space = lines[3].find(' ');
  const auto piece = parse_integer(lines[3].substr(0, space), 0, UINT32_MAX);
  const auto digest = read_sha512(lines[4]);
  if (!is_request_id(read.request_id) || !piece || !digest) return refuse("a line cannot be read");
  read.piece = static_cast<std::uint32_t>(*piece);
  read.last = lines[3].ends_with(" last");
  read.digest = *digest;
  if (read.side == Side::response) {
    if (!lines[5].empty() && !read_sha512(lines[5])) return refuse("does not say what it answers");
    read.request_hash = lines[5];
  }
  // Other spellings of the numbers and words, and whatever follows.
  if (write_statement(read) != text) return refuse("not in the one spelling");
  return read;
}

Sha256 statement_leaf(std::string_view text) { return ledger::leaf_hash(as_bytes(text)); }

Sha512 message_hash(std::string_view head, const std::optional<Sha512>& body_digest) {
  const Sha512 head_digest = sha512(head);
  return body_digest ? message_hash(head_digest, *body_digest) : head_digest;
}

Sha512 message_hash(const Sha512& head_digest, const Sha512& body_digest) {
  std::array<std::uint8_t, 2 * sizeof(Sha512)> both;
  std::ranges::copy(head_digest, both.begin());
  std::ranges::copy(body_digest, both.begin() + sizeof(Sha512));
  return sha512(both);
}

}  // namespace minben::exchange
