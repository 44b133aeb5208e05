/* SPDX-License-Identifier: MIT */
#ifndef PROOF_PRODUCT_H
#define PROOF_PRODUCT_H

/*@
  // What provers do not find alone: an element of a table ends where the table does, or before.
  // (An axiom, since provers see through a definition, and then see no product to think of.)
  axiomatic product {
    logic integer product(integer n, integer size);
    axiom product_is: \forall integer n, size; product(n, size) == n * size;
  }
  lemma products: \forall integer i, n, size;
    0 <= i < n && 0 <= size ==> 0 <= product(i, size) <= product(n, size) - size;
  lemma small_products: \forall integer n, size;
    0 <= n <= UINT32_MAX && 0 <= size <= 65535 ==> 0 <= product(n, size) <= UINT32_MAX * 65535;
*/

#endif
