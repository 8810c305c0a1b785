/** Words that a source file lists in a type or an object and no value of the program has: read from its text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { CHECKOUT } from "./guide.ts";

/** The words of a union of literals, those of other types of the same file included. @throws Error when there is no such type. */
export function wordsOfType(file: string, type: string): readonly string[] {
  const source = sourceOf(file);
  const wordsOf = (node: ts.TypeNode): readonly string[] => {
    if (ts.isUnionTypeNode(node)) return node.types.flatMap(wordsOf);
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) return [node.literal.text];
    if (ts.isTypeReferenceNode(node)) return wordsOfType(file, node.typeName.getText(source));
    throw new Error(`${file}: ${type} has ${node.getText(source)}, which is no word`);
  };
  const declaration = source.statements.filter(ts.isTypeAliasDeclaration).find(({ name }) => name.text === type);
  if (declaration === undefined) throw new Error(`${file} has no type ${type}`);
  return wordsOf(declaration.type);
}

/** The keys of a constant object. @throws Error when there is no such constant. */
export function keysOfConstant(file: string, constant: string): readonly string[] {
  const source = sourceOf(file);
  const declarations = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  const declaration = declarations.find(({ name }) => name.getText(source) === constant);
  if (declaration?.initializer === undefined || !ts.isObjectLiteralExpression(declaration.initializer)) {
    throw new Error(`${file} has no object ${constant}`);
  }
  return declaration.initializer.properties.flatMap((property) =>
    property.name === undefined ? [] : [property.name.getText(source)],
  );
}

function sourceOf(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(CHECKOUT, file), "utf8"), ts.ScriptTarget.Latest, true);
}
