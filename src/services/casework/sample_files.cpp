#include "sample_files.hpp"

#include <zlib.h>

#include <array>
#include <vector>

#include <fmt/format.h>

namespace minben::casework {

namespace {

constexpr int width = 413;  ///< a two-inch photograph at 300 dpi
constexpr int height = 531;

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    text += static_cast<char>(value >> shift & 0xff);
  return text;
}

std::string sample_pdf(std::string_view label) {
  const auto drawing = fmt::format("BT /F1 12 Tf 72 720 Td ({}) Tj ET", label);
  const std::array<std::string, 5> objects{
      "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
      " /Resources << /Font << /F1 5 0 R >> >> >>",
      fmt::format("<< /Length {} >>\nstream\n{}\nendstream", drawing.size(), drawing),
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"};
  std::string file = "%PDF-1.4\n";
  std::string table = "0000000000 65535 f \n";
  for (std::size_t index = 0; index < objects.size(); ++index) {
    table += fmt::format("{:010} 00000 n \n", file.size());
    file += fmt::format("{} 0 obj\n{}\nendobj\n", index + 1, objects[index]);
  }
  const auto start = file.size();
  file += fmt::format("xref\n0 {}\n{}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n",
                      objects.size() + 1, table, objects.size() + 1, start);
  return file;
}

std::string png_chunk(std::string_view type, std::string_view data) {
  const auto body = std::string(type) + std::string(data);
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + body +
         big_endian(static_cast<std::uint32_t>(crc), 4);
}

std::string sample_png(std::string_view label) {
  const std::string rows(static_cast<std::size_t>(width + 1) * height,
                         '\0');  // filter byte, grey pixels
  std::vector<Bytef> packed(compressBound(rows.size()));
  auto size = static_cast<uLongf>(packed.size());
  compress(packed.data(), &size, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  const auto header =
      big_endian(width, 4) + big_endian(height, 4) + std::string("\x08\x00\x00\x00\x00", 5);
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) +
         png_chunk("tEXt", fmt::format("Comment{}{}", '\0', label)) +
         png_chunk("IDAT", std::string_view(reinterpret_cast<const char*>(packed.data()), size)) +
         png_chunk("IEND", "");
}

std::string jpeg_segment(char marker, std::string_view data) {
  return std::string("\xff") + marker + big_endian(static_cast<std::uint32_t>(data.size() + 2), 2) +
         std::string(data);
}

/// A baseline grey image by structure (T.81 Annex B) with an empty scan.
std::string sample_jpeg(std::string_view label) {
  const std::string table(64, '\x10');
  const auto frame = std::string("\x08") + big_endian(height, 2) + big_endian(width, 2) +
                     std::string("\x01\x01\x11\x00", 4);
  const std::string codes =
      std::string("\x00", 1) + std::string("\x01") + std::string(15, '\0') + std::string("\x00", 1);
  return "\xff\xd8" +
         jpeg_segment('\xe0', std::string("JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00", 14)) +
         jpeg_segment('\xfe', label) + jpeg_segment('\xdb', std::string("\x00", 1) + table) +
         jpeg_segment('\xc0', frame) + jpeg_segment('\xc4', codes) +
         jpeg_segment('\xda', std::string("\x01\x01\x00\x00\x3f\x00", 6)) + std::string(64, '\0') +
         "\xff\xd9";
}

}  // namespace

std::string sample_file(std::string_view kind, std::string_view label) {
  if (kind == "pdf") return sample_pdf(label);
  if (kind == "png") return sample_png(label);
  if (kind == "jpeg") return sample_jpeg(label);
  return {};
}

}  // namespace minben::casework
