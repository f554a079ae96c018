#include <algorithm>
#include <array>

#include "inspect_kinds.hpp"

namespace minben::documents {

namespace {

constexpr std::string_view png_signature{"\x89PNG\r\n\x1a\n", 8};

bool starts_with(Octets content, std::string_view magic) {
  return as_text(content).starts_with(magic);
}

/// ISO base media files whose brand is one of the still-image brands of HEIF (ISO 23008-12) or
/// AVIF.
bool is_heif(Octets content) {
  if (content.size() < 12 || as_text(content.subspan(4, 4)) != "ftyp") return false;
  constexpr std::array<std::string_view, 9> brands{"heic", "heix", "hevc", "heim", "heis",
                                                   "mif1", "msf1", "avif", "avis"};
  return std::ranges::find(brands, as_text(content.subspan(8, 4))) != brands.end();
}

bool is_archive_or_office(Octets content) {
  return starts_with(content, "PK\x03\x04") || starts_with(content, "\xd0\xcf\x11\xe0") ||
         starts_with(content, "Rar!") || starts_with(content, "7z\xbc\xaf") ||
         starts_with(content, "{\\rtf");
}

std::unexpected<Error> refuse_unknown(Octets content) {
  if (is_heif(content)) {
    return fail(Kind::invalid, "file_type_heic", "HEIC and AVIF are not read by all agencies");
  }
  if (is_archive_or_office(content)) {
    return fail(Kind::invalid, "file_type_office", "an office document or archive");
  }
  return fail(Kind::invalid, "file_type_unknown", "neither PDF, JPEG nor PNG");
}

std::optional<Type> type_of_extension(std::string_view file_name) {
  const auto dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string extension = to_lower_ascii(file_name.substr(dot));
  if (extension == ".pdf") return Type::pdf;
  if (extension == ".png") return Type::png;
  if (extension == ".jpg" || extension == ".jpeg" || extension == ".jpe") return Type::jpeg;
  return std::nullopt;
}

/// A name like "scan.docx" claims something that no accepted file is.
bool claims_another_extension(std::string_view file_name) {
  constexpr std::array<std::string_view, 16> others{
      ".doc", ".docx", ".heic", ".heif", ".gif", ".tif",  ".tiff", ".zip",
      ".exe", ".html", ".htm",  ".svg",  ".js",  ".xlsx", ".odt",  ".webp"};
  const std::string lower = to_lower_ascii(file_name);
  return std::ranges::any_of(others, [&](auto other) { return lower.ends_with(other); });
}

}  // namespace

std::string_view media_type(Type type) {
  switch (type) {
    case Type::pdf:
      return "application/pdf";
    case Type::jpeg:
      return "image/jpeg";
    case Type::png:
      return "image/png";
  }
  return {};
}

std::string_view name_of(Type type) {
  switch (type) {
    case Type::pdf:
      return "pdf";
    case Type::jpeg:
      return "jpeg";
    case Type::png:
      return "png";
  }
  return {};
}

std::string_view file_extension(Type type) {
  switch (type) {
    case Type::pdf:
      return ".pdf";
    case Type::jpeg:
      return ".jpg";
    case Type::png:
      return ".png";
  }
  return {};
}

Result<Inspection> check_size(Type type, std::uint32_t width, std::uint32_t height,
                              const Limits& limits) {
  const auto most = static_cast<std::uint32_t>(limits.max_side_px);
  const auto least = static_cast<std::uint32_t>(limits.min_side_px);
  if (width == 0 || height == 0)
    return fail(Kind::invalid, "file_damaged", "an image without area");
  if (width < least || height < least) return fail(Kind::invalid, "image_too_small");
  const std::int64_t area = std::int64_t{width} * height;
  if (width > most || height > most || area > limits.max_pixels) {
    return fail(Kind::invalid, "image_too_large");
  }
  return Inspection{type, 1, static_cast<int>(width), static_cast<int>(height)};
}

Result<Inspection> inspect(Octets content, const Limits& limits) {
  if (content.empty()) return fail(Kind::invalid, "file_empty");
  if (content.size() > limits.max_bytes) return fail(Kind::too_large, "file_too_large");
  if (starts_with(content, "%PDF-")) return inspect_pdf(content, limits);
  if (starts_with(content, png_signature)) return inspect_png(content, limits);
  if (starts_with(content, "\xff\xd8\xff")) return inspect_jpeg(content, limits);
  return refuse_unknown(content);
}

Result<void> check_claims(const Inspection& found, std::string_view file_name,
                          std::string_view claimed_type) {
  const auto mismatch = [] {
    return fail(Kind::invalid, "file_type_mismatch", "the content is of another type than claimed");
  };
  const auto claimed = type_of_extension(file_name);
  if ((claimed && *claimed != found.type) || (!claimed && claims_another_extension(file_name))) {
    return mismatch();
  }
  const std::string type = to_lower_ascii(trim(claimed_type.substr(0, claimed_type.find(';'))));
  if (type.empty() || type == "application/octet-stream") return {};
  if (type == "image/jpg" && found.type == Type::jpeg) return {};
  if (type != media_type(found.type)) return mismatch();
  return {};
}

}  // namespace minben::documents
