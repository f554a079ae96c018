#include "evidence_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "asic.hpp"
#include "merkle.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view meta = "META-INF/";

std::string_view media_type(std::string_view name) {
  if (name.ends_with(".json")) return "application/json";
  if (name.ends_with(".pem")) return "application/x-pem-file";
  if (name.ends_with(".head") || name.ends_with(".body")) return "application/octet-stream";
  if (name.ends_with(ocsp_part)) return "application/ocsp-response";
  if (name.ends_with(holders_signature_part)) return "application/octet-stream";
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
  const auto add_signer = [&](const std::string& before) {
    const auto name = [&](std::string_view part) { return before + std::string(part); };
    names.push_back(name(certificates_part));
    if (!has(name(holder_part))) return;
    if (has(name(ocsp_part))) names.push_back(name(ocsp_part));
    for (const auto part : {holder_part, holder_path_part, holders_part, holders_signature_part})
      names.push_back(name(part));
  };
  for (const Side side : {Side::request, Side::response}) {
    if (side == Side::response && !has("response.head")) continue;
    names.push_back(part_name(side, "head"));
    if (has(part_name(side, "body"))) {
      names.push_back(part_name(side, "body"));
    } else if (has(part_name(side, "body.sha512"))) {
      names.push_back(part_name(side, "body.sha512"));
    }
    for (const char* what : {"statement", "path"}) names.push_back(part_name(side, what));
    add_signer(part_name(side, ""));
  }
  std::vector<BatchNames> batches;
  for (const ZipEntry& entry : present)
    if (entry.name.starts_with("batch-")) batches.push_back(batch_names(entry.content));
  for (const BatchNames& batch : batches) names.push_back(batch.batch);
  names.emplace_back("record.json");
  add_signer("");
  for (const auto name : {revocation_name, handovers_name})
    if (has(name)) names.emplace_back(name);
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

std::string write_path(const Seal& seal) { return write_place({seal.index, seal.size, seal.path}); }

Result<Seal> read_path(std::string_view text) {
  MINBEN_TRY(place, read_place(text, max_batch));
  Seal seal;
  seal.index = place.index;
  seal.size = place.size;
  seal.path = std::move(place.path);
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
