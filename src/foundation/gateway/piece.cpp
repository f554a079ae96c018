#include "piece.hpp"

#include <bit>
#include <cstring>

#include <openssl/evp.h>

namespace minben::gateway {

namespace {

constexpr std::size_t fixed = 1 + 1 + 2 + 4 + 4 + 8;
constexpr std::uint64_t unknown = ~std::uint64_t{0};
constexpr std::uint8_t standing_flag = 4;
constexpr std::size_t most_answers = 8;

template <class Number>
void put(std::string& out, Number value) {
  for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift));
}

template <class Number>
Number get(std::string_view bytes, std::size_t at) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Number>(value << 8 | static_cast<std::uint8_t>(bytes[at + i]));
  return value;
}

std::unexpected<Error> bad(std::string_view why) { return fail(Kind::invalid, "not_a_piece", why); }

}  // namespace

void write_piece(const Piece& piece, std::string& out) {
  MINBEN_ASSERT(piece.head.size() <= max_head && piece.body.size() <= max_piece_body &&
                piece.seal.size() <= max_seal_bytes);
  put(out, static_cast<std::uint32_t>(fixed + piece.seal.size() + piece.head.size() +
                                      piece.body.size()));
  put(out, static_cast<std::uint8_t>(piece.side == Side::request ? 1 : 2));
  put(out, static_cast<std::uint8_t>((piece.first ? 1 : 0) | (piece.last ? 2 : 0) |
                                     (piece.standing ? standing_flag : 0)));
  put(out, static_cast<std::uint16_t>(piece.seal.size()));
  put(out, piece.number);
  put(out, static_cast<std::uint32_t>(piece.head.size()));
  put(out, piece.announced.value_or(unknown));
  out.append(piece.seal).append(piece.head).append(piece.body);
}

std::string write_standing(Side side, std::span<const std::string> answers) {
  std::string body;
  for (const std::string& answer : answers) {
    if (answer.empty() || body.size() + 4 + answer.size() > max_piece_body) continue;
    put(body, static_cast<std::uint32_t>(answer.size()));
    body += answer;
  }
  std::string out;
  if (body.empty()) return out;
  Piece piece;
  piece.side = side;
  piece.standing = true;
  piece.body = body;
  write_piece(piece, out);
  return out;
}

std::vector<std::string_view> read_answers(std::string_view body) {
  std::vector<std::string_view> answers;
  while (body.size() > 4 && answers.size() < most_answers) {
    const auto size = get<std::uint32_t>(body, 0);
    if (size == 0 || size > body.size() - 4) break;
    answers.push_back(body.substr(4, size));
    body.remove_prefix(4 + std::size_t{size});
  }
  return answers;
}

Result<std::optional<ReadPiece>> read_piece(std::string_view buffer) {
  if (buffer.size() < 4) return std::nullopt;
  const auto length = get<std::uint32_t>(buffer, 0);
  if (length < fixed || length > fixed + max_seal_bytes + max_head + max_piece_body)
    return bad("length");
  if (buffer.size() < 4 + length) return std::nullopt;
  const std::string_view bytes = buffer.substr(4, length);
  const auto side = get<std::uint8_t>(bytes, 0);
  const auto flags = get<std::uint8_t>(bytes, 1);
  const auto seal_size = get<std::uint16_t>(bytes, 2);
  const auto head_size = get<std::uint32_t>(bytes, 8);
  const auto announced = get<std::uint64_t>(bytes, 12);
  Piece piece;
  if (side != 1 && side != 2) return bad("side");
  if (flags > 3 && flags != standing_flag) return bad("flags");
  piece.standing = flags == standing_flag;
  piece.side = side == 1 ? Side::request : Side::response;
  piece.first = (flags & 1) != 0;
  piece.last = (flags & 2) != 0;
  piece.number = get<std::uint32_t>(bytes, 4);
  if (seal_size > max_seal_bytes || head_size > max_head ||
      fixed + seal_size + head_size > bytes.size())
    return bad("lengths");
  if (piece.standing ? piece.number != 0 || head_size != 0 || seal_size != 0
                     : piece.first != (piece.number == 0) || piece.first != (head_size > 0))
    return bad("head");
  piece.seal = bytes.substr(fixed, seal_size);
  piece.head = bytes.substr(fixed + seal_size, head_size);
  piece.body = bytes.substr(fixed + seal_size + head_size);
  if (piece.body.size() > max_piece_body) return bad("body");
  if (announced != unknown) piece.announced = announced;
  return ReadPiece{piece, 4 + std::size_t{length}};
}

MessageHash::MessageHash(std::string_view head) : head_(sha512(head)) {}

MessageHash::~MessageHash() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void MessageHash::add_to_body(std::string_view piece, bool last) {
  if (last && !context_) {
    body_ = sha512(piece);
    return;
  }
  auto* context = static_cast<EVP_MD_CTX*>(context_);
  if (!context) {
    context_ = context = EVP_MD_CTX_new();
    MINBEN_ASSERT(EVP_DigestInit_ex(context, EVP_sha512(), nullptr) == 1);
  }
  MINBEN_ASSERT(EVP_DigestUpdate(context, piece.data(), piece.size()) == 1);
  if (last) {
    MINBEN_ASSERT(EVP_DigestFinal_ex(context, body_.data(), nullptr) == 1);
    return;
  }
  EVP_MD_CTX* const so_far = EVP_MD_CTX_new();
  MINBEN_ASSERT(EVP_MD_CTX_copy_ex(so_far, context) == 1 &&
                EVP_DigestFinal_ex(so_far, body_.data(), nullptr) == 1);
  EVP_MD_CTX_free(so_far);
}

Sha512 MessageHash::add(std::string_view piece, bool last) {
  size_ += piece.size();
  if (size_ == 0) return head_;
  add_to_body(piece, last);
  return message_hash(head_, body_);
}

std::string MessageHash::body_digest() const {
  return size_ == 0 ? std::string() : base64_encode(body_);
}

}  // namespace minben::gateway
