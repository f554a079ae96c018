#include "evidence_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "asic.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view meta = "META-INF/";

std::string_view media_type(std::string_view name) {
  if (name.ends_with(".json")) return "application/json";
  if (name.ends_with(".pem")) return "application/x-pem-file";
  if (name.ends_with(".head") || name.ends_with(".body")) return "application/octet-stream";
  return "text/plain";
}

bool is_data(std::string_view name) { return name != "mimetype" && !name.starts_with(meta); }

}  // namespace

std::string part_name(Side side, std::string_view what) {
  return fmt::format("{}.{}", to_string(side), what);
}

std::vector<std::string> layout(const std::vector<ZipEntry>& present) {
  const auto has = [&](std::string_view name) {
    return std::ranges::find(present, name, &ZipEntry::name) != present.end();
  };
  std::vector<std::string> names{"mimetype"};
  for (const Side side : {Side::request, Side::response}) {
    if (side == Side::response && !has("response.head")) continue;
    names.push_back(part_name(side, "head"));
    if (has(part_name(side, "body"))) {
      names.push_back(part_name(side, "body"));
    } else if (has(part_name(side, "body.sha512"))) {
      names.push_back(part_name(side, "body.sha512"));
    }
    for (const char* what : {"statement", "path", "certificates.pem"})
      names.push_back(part_name(side, what));
  }
  std::vector<BatchNames> batches;
  for (const ZipEntry& entry : present)
    if (entry.name.starts_with("batch-")) batches.push_back(batch_names(entry.content));
  for (const BatchNames& batch : batches) names.push_back(batch.batch);
  for (const char* name : {"record.json", "certificates.pem"}) names.emplace_back(name);
  if (has(revocation_name)) names.emplace_back(revocation_name);
  if (has("ledger.entry"))
    for (const char* name : {"ledger.entry", "ledger.proof"}) names.emplace_back(name);
  const bool stamped = has("ledger.checkpoint");
  if (stamped) names.emplace_back("ledger.checkpoint");
  for (const BatchNames& batch : batches) {
    names.push_back(batch.manifest);
    names.push_back(batch.signature);
  }
  if (stamped)
    for (const auto name : {timestamp_manifest_name, timestamp_name}) names.emplace_back(name);
  names.emplace_back(container_manifest_name);
  names.emplace_back(container_signature_name);
  return names;
}

std::string container_manifest(const std::vector<ZipEntry>& parts) {
  std::vector<AsicFile> files;
  for (const ZipEntry& part : parts)
    if (is_data(part.name))
      files.push_back({part.name, media_type(part.name), sha256(part.content)});
  return asic_manifest({container_signature_name, signature_type, {}}, files);
}

std::string checkpoint_manifest(std::string_view checkpoint_text) {
  constexpr std::string_view name = "ledger.checkpoint";
  const AsicFile named{name, media_type(name), sha256(checkpoint_text)};
  return asic_manifest({timestamp_name, timestamp_type, {}}, std::span(&named, 1));
}

std::string write_path(const Seal& seal) {
  std::string text = fmt::format("minben-path/1\n{}\n{}\n", seal.index, seal.size);
  for (const Hash& hash : seal.path) text += base64_encode(hash) + "\n";
  return text;
}

Result<Seal> read_path(std::string_view text) {
  const auto refuse = [](std::string_view why) { return fail(Kind::invalid, "not_a_path", why); };
  if (text.size() > 1024) return refuse("too long");
  const auto lines = split(text, '\n');  // an empty one follows the last newline
  if (lines.size() < 4) return refuse("too short");
  const auto index = parse_integer(lines[1], 0, max_batch);
  const auto size = parse_integer(lines[2], 1, max_batch);
  if (!index || !size) return refuse("no such place in a batch");
  Seal seal;
  seal.index = static_cast<std::uint32_t>(*index);
  seal.size = static_cast<std::uint32_t>(*size);
  for (std::size_t i = 3; i + 1 < lines.size(); ++i) {
    const auto hash = base64_decode(lines[i]);
    if (!hash || hash->size() != sizeof(Hash)) return refuse("a hash cannot be read");
    std::ranges::copy(*hash, seal.path.emplace_back().begin());
  }
  std::string bytes;
  write_seal(seal, bytes);
  if (!read_seal(bytes)) return refuse("not as long as its place asks for");
  if (write_path(seal) != text) return refuse("not in the one spelling");
  return seal;
}

std::string write_body_digest(Side side, const Sha512& digest) {
  return fmt::format("{}  {}\n", hex_encode(digest), part_name(side, "body"));
}

std::optional<Sha512> read_body_digest(Side side, std::string_view line) {
  const auto bytes = hex_decode(line.substr(0, 2 * sizeof(Sha512)));
  if (!bytes || bytes->size() != sizeof(Sha512)) return std::nullopt;
  Sha512 digest;
  std::ranges::copy(*bytes, digest.begin());
  if (write_body_digest(side, digest) != line) return std::nullopt;
  return digest;
}

}  // namespace minben::exchange
