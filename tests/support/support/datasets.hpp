#pragma once
// Datasets at random: every member, in all combinations, as check() allows them. The same seed
// makes the same ones.
#include "catalogue/catalogue.hpp"

namespace minben::test {

catalogue::Dataset random_dataset(Random& random);
/// With what DCAT-AP asks of every dataset and distribution: a description, a publisher, an
/// address.
catalogue::Dataset publishable_dataset(Random& random);
/// Publishers of those datasets.
const catalogue::Publisher* random_publisher(const catalogue::PublisherCode& code);

}  // namespace minben::test
