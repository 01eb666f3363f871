#include "hash/orthogonal.h"

#include <cassert>
#include <cmath>

namespace hashlens {

void CompleteOrthonormalRows(Eigen::Index first, Random* random, RowMatrix* rows) {
  assert(rows->rows() <= rows->cols());
  for (Eigen::Index i = first; i < rows->rows();) {
    auto row = rows->row(i);
    for (Eigen::Index j = 0; j < row.size(); ++j) row[j] = random->Normal();
    const double drawn = row.squaredNorm();
    // Gram and Schmidt, twice: the second pass removes what rounding left of the first.
    for (int pass = 0; pass < 2; ++pass) {
      for (Eigen::Index k = 0; k < i; ++k) row -= rows->row(k).dot(row) * rows->row(k);
    }
    const double left = row.squaredNorm();
    if (left < 1e-8 * drawn) continue;  // nearly in the span of the rows before: draw again
    row /= std::sqrt(left);
    ++i;
  }
}

RowMatrix RandomOrthogonal(Eigen::Index size, Random* random) {
  RowMatrix rows(size, size);
  CompleteOrthonormalRows(0, random, &rows);
  return rows;
}

}  // namespace hashlens
