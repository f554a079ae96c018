#pragma once
// Archives made by a test.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zip.h>

namespace minben::intake::test {

struct Packed {
  std::string name;
  std::string content;
};

inline std::string zip(const std::vector<Packed>& files) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  zip_source_keep(target);
  for (const Packed& file : files) {
    zip_source_t* content = zip_source_buffer(archive, file.content.data(), file.content.size(), 0);
    EXPECT_GE(zip_file_add(archive, file.name.c_str(), content, ZIP_FL_ENC_UTF_8), 0);
  }
  EXPECT_EQ(zip_close(archive), 0);
  zip_stat_t stat;
  zip_source_stat(target, &stat);
  std::string bytes(stat.size, '\0');
  zip_source_open(target);
  zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

}  // namespace minben::intake::test
